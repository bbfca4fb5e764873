/** `p50/p99` of the samples, in whole milliseconds. */
export function percentiles(samplesMs: readonly number[]): string {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  return `${at(0.5)}/${at(0.99)} ms`;
}
