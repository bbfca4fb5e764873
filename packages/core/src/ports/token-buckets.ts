import type { Charge, Refusal } from "../model/limits/charge.ts";

/** The buckets that limits are counted in. A bucket that nothing is known of is full. */
export interface TokenBuckets {
  /**
   * Takes the tokens of all charges, or none of them. Charges of one group have keys with the same `{…}`, so that a
   * Redis Cluster keeps them together.
   *
   * @returns the refusal with the longest wait, or undefined when the tokens are taken or the buckets cannot be read
   */
  take(groups: readonly (readonly Charge[])[]): Promise<Refusal | undefined>;
}
