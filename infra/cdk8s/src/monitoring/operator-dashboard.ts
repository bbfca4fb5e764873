import { dashboardJson, type Panel } from "./panel.ts";

/** Selects the series of the chosen installation of the operator, in PromQL. */
const CHOSEN = `namespace="$namespace",job="$job"`;

/** A Grafana dashboard of the operator, which shows the installation of these first. */
export function operatorDashboard(installation: {
  readonly namespace: string;
  /** The name of its objects, by which its metrics are scraped. */
  readonly job: string;
  readonly runbookUrl: string;
}): string {
  const { namespace, job, runbookUrl } = installation;
  const leader = "dumbwaiter_operator_leader";
  return dashboardJson({
    uid: "dumbwaiter-operator",
    title: "Dumbwaiter operator",
    variables: [
      { name: "namespace", label: "Namespace", of: leader, value: namespace },
      { name: "job", label: "Installation", of: `${leader}{namespace="$namespace"}`, value: job },
    ],
    panels: panelsOf(CHOSEN),
    runbookUrl,
  });
}

function panelsOf(here: string): Panel[] {
  const each = (metric: string) => `${metric}{${here}}`;
  const rate = (metric: string, by: string) => `sum by (${by}) (rate(${each(metric)}[$__rate_interval]))`;
  const quantile = (q: number, metric: string) =>
    `histogram_quantile(${q}, ${rate(`${metric}_bucket`, "le")})`;
  return [
    {
      title: "Pods that lead",
      unit: "short",
      lines: [["leaders", `sum(${each("dumbwaiter_operator_leader")})`]],
      threshold: 1,
      isBadBelow: true,
      alerts: ["DumbwaiterOperatorLeaderless", "DumbwaiterOperatorDown"],
    },
    {
      title: "RoutingServices",
      unit: "short",
      lines: [
        ["watched", `max(${each("dumbwaiter_operator_routing_services")})`],
        ["of other operators", `max(${each("dumbwaiter_operator_routing_services_of_others")})`],
        ["waiting, {{pod}}", each("dumbwaiter_operator_queue_depth")],
      ],
      alerts: ["DumbwaiterOperatorQueueStuck"],
    },
    {
      title: "Reconciles",
      unit: "ops",
      lines: [
        ["{{result}}", rate("dumbwaiter_operator_reconciles_total", "result")],
        ["retries", `sum(rate(${each("dumbwaiter_operator_retries_total")}[$__rate_interval]))`],
      ],
      alerts: ["DumbwaiterOperatorReconcileErrors"],
    },
    {
      title: "Duration of a reconcile",
      unit: "s",
      lines: [0.5, 0.9, 0.99].map(
        (q) => [`p${q * 100}`, quantile(q, "dumbwaiter_operator_reconcile_seconds")] as const,
      ),
    },
    {
      title: "Objects restored and pruned",
      unit: "ops",
      lines: [
        ["restored {{kind}}", rate("dumbwaiter_operator_drift_repairs_total", "kind")],
        ["pruned {{kind}}", rate("dumbwaiter_operator_objects_pruned_total", "kind")],
      ],
    },
    {
      title: "Requests to the API server",
      unit: "ops",
      lines: [["{{verb}} {{code}}", rate("dumbwaiter_operator_api_requests_total", "verb, code")]],
    },
    {
      title: "Watches that failed",
      unit: "ops",
      lines: [["{{kind}}", rate("dumbwaiter_operator_watch_errors_total", "kind")]],
    },
    {
      title: "Memory",
      unit: "bytes",
      lines: [["{{pod}}", each("dumbwaiter_process_resident_memory_bytes")]],
      alerts: ["DumbwaiterOperatorRestarts"],
    },
    {
      title: "CPU",
      unit: "short",
      lines: [["{{pod}}", `rate(${each("dumbwaiter_process_cpu_seconds_total")}[$__rate_interval])`]],
    },
  ];
}
