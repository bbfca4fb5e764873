/** How fast somebody has to look: at once, or when they are at work. */
export type Severity = "critical" | "warning";

/** An alert, as Prometheus and Google's managed Prometheus both take it. */
export interface Alert {
  /** Also the heading of its runbook. */
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long it has to hold, such as `5m`. */
  readonly forTime: string;
  /** What is the matter, for people. */
  readonly summary: string;
}
