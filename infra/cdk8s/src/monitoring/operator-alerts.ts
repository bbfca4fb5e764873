import type { Alert } from "./alert.ts";

/** @param here selects the series of an installation of the operator, in PromQL */
export function operatorAlerts(here: string): Alert[] {
  const reconciles = "dumbwaiter_operator_reconciles_total";
  return [
    {
      name: "DumbwaiterOperatorDown",
      severity: "critical",
      expr: `absent(dumbwaiter_process_start_time_seconds{${here}})`,
      forTime: "5m",
      summary: "No metrics from any pod of the operator",
    },
    {
      name: "DumbwaiterOperatorLeaderless",
      severity: "critical",
      expr: `sum(dumbwaiter_operator_leader{${here}}) < 1`,
      forTime: "5m",
      summary: "No pod of the operator leads, so nothing is reconciled",
    },
    {
      name: "DumbwaiterOperatorRestarts",
      severity: "warning",
      expr: `max by (pod) (changes(dumbwaiter_process_start_time_seconds{${here}}[30m])) >= 3`,
      forTime: "0m",
      summary: "{{ $labels.pod }} has restarted at least 3 times within 30 minutes",
    },
    {
      name: "DumbwaiterOperatorReconcileErrors",
      severity: "warning",
      expr: `sum(increase(${reconciles}{result="error",${here}}[15m])) > 0`,
      forTime: "15m",
      summary: "Reconciles of RoutingServices keep failing",
    },
    {
      name: "DumbwaiterOperatorQueueStuck",
      severity: "critical",
      // On a pod that does not lead, all of them wait.
      expr: `min by (pod) (min_over_time(dumbwaiter_operator_queue_depth{${here}}[10m])) > 0 and on (pod) dumbwaiter_operator_leader{${here}} == 1 unless on (pod) sum by (pod) (increase(${reconciles}{${here}}[10m])) > 0`,
      forTime: "5m",
      summary: "RoutingServices wait on {{ $labels.pod }}, but none is reconciled",
    },
  ];
}
