import type { AlertDefinition } from "./alert.ts";

/**
 * What a counter has counted in 15 minutes. `increase` does not see what a new pod counted before its first scrape: all
 * that a series has counted is new if the series was not there before.
 */
function moreThan(limit: number, sum: string, counter: string): string {
  const isNew = `${counter} unless last_over_time(${counter}[1h] offset 15m)`;
  return `${sum} (increase(${counter}[15m])) > ${limit} or ${sum} (${isNew}) > ${limit}`;
}

/** @param here selects the series of a routing service, in PromQL */
export function processorAlerts(here: string): AlertDefinition[] {
  const alerts: Omit<AlertDefinition, "service">[] = [
    {
      name: "DumbwaiterProcessingHeldUp",
      expr: () => `max by (stage) (dumbwaiter_processor_outage{${here}}) == 1`,
      summary: () =>
        "Processors are held up in stage {{ $labels.stage }}; messages stay on the ingress or in the queues",
    },
    {
      name: "DumbwaiterProcessorStuck",
      // What waits for a dependency is another alert's.
      expr: (seconds) =>
        `max by (pod) (dumbwaiter_processor_oldest_held_seconds{${here}}) > ${seconds} unless on (pod) max by (pod) (dumbwaiter_processor_outage{${here}}) == 1`,
      summary: (seconds) =>
        `{{ $labels.pod }} has held a message for more than ${seconds} s, and waits for no dependency`,
    },
    {
      name: "DumbwaiterIngressBacklog",
      expr: (seconds) =>
        `histogram_quantile(0.9, sum by (le) (rate(dumbwaiter_processor_ingress_age_seconds_bucket{${here}}[5m]))) > ${seconds}`,
      summary: (seconds) => `Messages wait more than ${seconds} s on the ingress`,
    },
    {
      name: "DumbwaiterDeadLetters",
      expr: (letters) =>
        moreThan(letters, "sum by (code)", `dumbwaiter_processor_messages_dead_lettered_total{${here}}`),
      summary: () => "Messages were moved to the dead-letter topic: {{ $labels.code }}",
    },
    {
      name: "DumbwaiterBatchRefused",
      expr: (records) =>
        moreThan(
          records,
          "sum",
          `dumbwaiter_processor_records_given_back_total{reason="batch_refused",${here}}`,
        ),
      summary: () =>
        "Firestore refused every message of a batch; they become dead letters after 100 attempts",
    },
  ];
  return alerts.map((alert) => ({ ...alert, service: "processor" }));
}
