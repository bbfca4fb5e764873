/** A series that is computed with each evaluation, so that what is made of it is cheap. */
export interface RecordingRule {
  /** The series' name: what it is summed by, the metric, and what has been done with it. */
  readonly record: string;
  readonly expr: string;
  /** Besides those of the routing service. */
  readonly labels: Readonly<Record<string, string>>;
}

/** How often rules are evaluated and metrics scraped. */
export const INTERVAL_SECONDS = 30;
