import type { AlertName } from "../spec/alert-rules-spec.ts";
import { budgetsLeft } from "./objectives.ts";
import type { Panel } from "./panel.ts";

/**
 * Where a label has many values, only those are drawn that have counted.
 *
 * @param here selects the series of a routing service, in PromQL
 * @param limitOf the threshold of an alert
 */
export function trafficPanels(here: string, limitOf: (alert: AlertName) => number): Panel[] {
  const rate = (metric: string, by?: string) =>
    `sum${by ? ` by (${by})` : ""} (rate(${metric}{${here}}[$__rate_interval]))`;
  const quantile = (q: number, metric: string) =>
    `histogram_quantile(${q}, ${rate(`${metric}_bucket`, "le")})`;
  const quantiles = (metric: string) =>
    [0.5, 0.9, 0.99].map((q) => [`p${q * 100}`, quantile(q, metric)] as const);
  return [
    {
      title: "Messages",
      unit: "ops",
      lines: [
        ["accepted over HTTP", rate("dumbwaiter_api_messages_accepted_total")],
        ["accepted over sockets", rate("dumbwaiter_realtime_messages_accepted_total")],
        ["stored", rate("dumbwaiter_processor_messages_stored_total")],
        ["delivered live", rate("dumbwaiter_processor_messages_delivered_total")],
        ["pulled", rate("dumbwaiter_api_messages_pulled_total")],
        ["acknowledged over HTTP", rate("dumbwaiter_api_messages_acked_total")],
        ["acknowledged over sockets", rate("dumbwaiter_realtime_messages_acked_total")],
      ],
      alerts: ["DumbwaiterNothingProcessed", "DumbwaiterIngressGrowing", "DumbwaiterNothingDelivered"],
    },
    {
      title: "Error budgets left, of 30 days",
      description: "Of fewer days, if Prometheus keeps its data for fewer.",
      isOfNow: true,
      unit: "percentunit",
      lines: budgetsLeft(here).map(({ id, expr }) => [`${id} at {{service}}`, expr] as const),
      threshold: 0,
      isBadBelow: true,
      alerts: ["DumbwaiterSendErrorsFastBurn", "DumbwaiterDeliverySlowFastBurn"],
    },
    {
      title: "Answers with server errors",
      unit: "ops",
      lines: [
        [
          "{{http_request_method}} {{http_route}}",
          `sum by (http_request_method, http_route) (rate(dumbwaiter_http_server_requests_total{status_class="5xx",${here}}[$__rate_interval])) > 0`,
        ],
        [
          "{{event}}",
          `sum by (event) (rate(dumbwaiter_realtime_requests_total{status_class="5xx",${here}}[$__rate_interval])) > 0`,
        ],
      ],
    },
    { title: "Send: request to 202", unit: "s", lines: quantiles("dumbwaiter_api_send_seconds") },
    {
      title: "Answers, p99",
      unit: "s",
      lines: [
        [
          "{{http_request_method}} {{http_route}}",
          `histogram_quantile(0.99, ${rate("dumbwaiter_http_server_request_duration_seconds_bucket", "le, http_request_method, http_route")}) >= 0`,
        ],
        [
          "{{event}}",
          `histogram_quantile(0.99, ${rate("dumbwaiter_realtime_request_duration_seconds_bucket", "le, event")}) >= 0`,
        ],
      ],
    },
    {
      title: "Delivery to connected devices: accepted to sent",
      unit: "s",
      lines: quantiles("dumbwaiter_realtime_delivery_latency_seconds"),
      threshold: 1,
      alerts: ["DumbwaiterDeliverySlowFastBurn"],
    },
    {
      title: "Age on the ingress",
      unit: "s",
      lines: quantiles("dumbwaiter_processor_ingress_age_seconds"),
      threshold: limitOf("DumbwaiterIngressBacklog"),
      alerts: ["DumbwaiterIngressBacklog"],
    },
    { title: "Storing a batch", unit: "s", lines: quantiles("dumbwaiter_processor_store_commit_seconds") },
    {
      title: "Refusals",
      unit: "ops",
      lines: [
        ["HTTP {{code}}", `${rate("dumbwaiter_api_refusals_total", "code")} > 0`],
        ["{{at}} {{code}}", `${rate("dumbwaiter_realtime_refusals_total", "at, code")} > 0`],
      ],
      alerts: ["DumbwaiterHandshakesUnauthenticated"],
    },
    {
      title: "Push requests and dead letters",
      unit: "ops",
      lines: [
        ["push {{outcome}}", rate("dumbwaiter_processor_push_requests_total", "outcome")],
        ["dead letter {{code}}", `${rate("dumbwaiter_processor_messages_dead_lettered_total", "code")} > 0`],
      ],
      alerts: ["DumbwaiterDeadLetters"],
    },
    {
      title: "Records given back to the ingress",
      unit: "ops",
      lines: [["{{reason}}", rate("dumbwaiter_processor_records_given_back_total", "reason")]],
      alerts: ["DumbwaiterBatchRefused"],
    },
  ];
}
