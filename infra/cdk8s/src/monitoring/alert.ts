/** How soon to respond: at once, or during working hours. */
export type Severity = "critical" | "warning";

/** An alert, for Prometheus and Google's managed Prometheus alike. */
export interface Alert {
  /** Also the heading of its runbook. */
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long the expression has to hold, such as `5m`. */
  readonly forTime: string;
  /** What is wrong, for people. */
  readonly summary: string;
}
