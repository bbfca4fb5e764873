import { percentile } from "../runner/statistics.ts";

/** `p50/p99` of the samples, in whole milliseconds. */
export function percentiles(samplesMs: readonly number[]): string {
  return `${Math.round(percentile(samplesMs, 0.5))}/${Math.round(percentile(samplesMs, 0.99))} ms`;
}
