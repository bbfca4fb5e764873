/** Cumulative counts by upper bound, as Prometheus has them; ascending, the last bound infinite. */
export type Buckets = readonly (readonly [upTo: number, count: number])[];

/** Of a histogram in Prometheus' text format, all labels together; empty if it has no values. */
export function bucketsOf(text: string, name: string): Buckets {
  const counts = new Map<number, number>();
  const lines = text.matchAll(new RegExp(`^${name}_bucket\\{.*?\\ble="(.+?)".*\\} (\\d+)$`, "gm"));
  for (const [, le, count] of lines) {
    const upTo = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
    counts.set(upTo, (counts.get(upTo) ?? 0) + Number(count));
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** What was counted since. @param before of the same histogram; empty if it had no values */
export function bucketsSince(before: Buckets, after: Buckets): Buckets {
  return after.map(([upTo, count], index) => [upTo, count - (before[index]?.[1] ?? 0)] as const);
}

/**
 * In the unit of the bounds, as if a bucket's values were spread evenly. Not a number if there are none, or if it lies
 * above the last finite bound.
 *
 * @param share such as 0.99
 */
export function quantile(buckets: Buckets, share: number): number {
  const wanted = (buckets.at(-1)?.[1] ?? 0) * share;
  let [lower, below] = [0, 0];
  for (const [upTo, count] of buckets) {
    if (count >= wanted && count > below && Number.isFinite(upTo)) {
      return lower + ((upTo - lower) * (wanted - below)) / (count - below);
    }
    [lower, below] = [upTo, count];
  }
  return Number.NaN;
}
