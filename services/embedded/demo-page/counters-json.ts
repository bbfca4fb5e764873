/** What the demo page draws: numbers since the process started, and nothing of any message. */
export interface Counters {
  readonly pid: number;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  readonly accepted: number;
  readonly waiting: number;
  readonly stored: number;
  readonly delivered: number;
  readonly acked: number;
  readonly sockets: number;
  /** Messages waiting, by user and device. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
