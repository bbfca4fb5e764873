import type { RecordingRule } from "./recording-rule.ts";

/** A service level objective: the share of events that must go well over 30 days. */
export interface Objective {
  /** The label `objective` of its recorded series. */
  readonly id: "send" | "pull" | "ack" | "handshake" | "delivery";
  /** Its alerts are named after it. */
  readonly name: `Dumbwaiter${"SendErrors" | "PullErrors" | "AckErrors" | "HandshakeErrors" | "DeliverySlow"}`;
  /** With 0.999, one event in a thousand may go wrong. */
  readonly target: number;
  /** What goes wrong, for people. */
  readonly summary: string;
  /** PromQL for the events a second by `service`, those that went wrong and all of them. */
  readonly bad: string;
  readonly all: string;
}

/** @param here the labels that select the series of this routing service, such as `namespace="x"` */
export function objectivesOf(here: string): Objective[] {
  const rate = (metric: string, labels: string) =>
    `sum by (service) (rate(${metric}{${[labels, here].filter(Boolean).join(",")}}[5m]))`;
  const http = (route: string, method: string) =>
    [
      "dumbwaiter_http_server_requests_total",
      `http_route="${route}",http_request_method="${method}"`,
    ] as const;
  const event = (name: string) => ["dumbwaiter_realtime_requests_total", `event="${name}"`] as const;
  const answers = (...kinds: readonly (readonly [metric: string, labels: string])[]) => ({
    target: 0.999,
    bad: kinds.map(([metric, labels]) => rate(metric, `status_class="5xx",${labels}`)).join(" or "),
    all: kinds.map(([metric, labels]) => rate(metric, labels)).join(" or "),
  });
  const latency = "dumbwaiter_realtime_delivery_latency_seconds";
  // Prometheus 3 writes integer bounds of histogram buckets as 1.0, older versions as 1.
  const inTime = rate(`${latency}_bucket`, 'le=~"1|1[.]0"');
  const delivered = rate(`${latency}_count`, "");
  return [
    {
      ...{ id: "send", name: "DumbwaiterSendErrors", summary: "Sends fail with server errors (SLO 99.9%)" },
      ...answers(http("/api/send", "POST"), event("send")),
    },
    {
      ...{ id: "pull", name: "DumbwaiterPullErrors", summary: "Pulls fail with server errors (SLO 99.9%)" },
      ...answers(http("/api/messages", "GET"), event("pull")),
    },
    {
      ...{ id: "ack", name: "DumbwaiterAckErrors", summary: "Acks fail with server errors (SLO 99.9%)" },
      ...answers(http("/api/messages/ack", "POST"), event("ack")),
    },
    {
      id: "handshake",
      name: "DumbwaiterHandshakeErrors",
      summary: "Sockets are refused with server errors (SLO 99.9%)",
      ...answers(event("handshake")),
    },
    {
      id: "delivery",
      name: "DumbwaiterDeliverySlow",
      target: 0.99,
      summary: "Messages take more than 1 s to reach connected devices (SLO 99%)",
      bad: `${delivered} - ${inTime}`,
      all: delivered,
    },
  ];
}

const recordOf = (kind: "bad" | "all") => `service:dumbwaiter_objective_${kind}:rate5m`;

/** What alerts and the dashboard compute over hours and days: from the counters of all pods, that would be costly. */
export function objectiveRecords(here: string): RecordingRule[] {
  return objectivesOf(here).flatMap(({ id, bad, all }) => [
    { record: recordOf("bad"), expr: bad, labels: { objective: id } },
    { record: recordOf("all"), expr: all, labels: { objective: id } },
  ]);
}

/**
 * PromQL for a sum of the recorded rates of an objective, by `service`.
 *
 * @param window such as `1h`; the last five minutes when not given
 */
export function recorded(here: string, kind: "bad" | "all", id: Objective["id"], window?: string): string {
  const series = `${recordOf(kind)}{objective="${id}",${here}}`;
  return `sum by (service) (${window ? `sum_over_time(${series}[${window}])` : series})`;
}

/**
 * @returns PromQL for the share of each objective's error budget that the last 30 days have left, by `service`; -1 if
 *   they have used up twice as much or more
 */
export function budgetsLeft(here: string): { readonly id: Objective["id"]; readonly expr: string }[] {
  return objectivesOf(here).map(({ id, target }) => {
    const budget = Number((1 - target).toPrecision(6));
    const share = `${recorded(here, "bad", id, "30d")} / ${recorded(here, "all", id, "30d")}`;
    return { id, expr: `clamp_min(1 - ${share} / ${budget}, -1)` };
  });
}
