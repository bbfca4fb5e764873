/** A generated mutant that no test can tell from the code, and why. */
export interface EquivalentMutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export const EQUIVALENT: readonly EquivalentMutant[] = [
  {
    file: "packages/core/src/use-cases/due-push-requests.ts",
    from: "low.length === 0",
    to: "false",
    why: "Asking for the turns of no device gives no turns.",
  },
  {
    file: "packages/gcp/src/firestore/partial-writes.ts",
    from: "outcome?.code",
    to: "outcome.code",
    why: "BatchWrite gives an outcome for each write.",
  },
  {
    file: "packages/service/src/tokens/remote-keys.ts",
    from: "this.#version += 1",
    to: "this.#version -= 1",
    why: "Two versions are only compared for equality.",
  },
  {
    file: "services/operator/src/leadership/leader-lease.ts",
    from: "spec?.leaseDurationSeconds",
    to: "spec.leaseDurationSeconds",
    why: "A lease without a spec has no holder, so nobody asks whether it has expired.",
  },
  {
    file: "services/operator/src/leadership/leader-lease.ts",
    from: "lease !== undefined",
    to: "true",
    why: "A lease that is not there has no holder either, which the condition also asks.",
  },
  {
    file: "packages/service/src/tokens/token-verifier.ts",
    from: "iat !== undefined",
    to: "true",
    why: "What is missing is NaN in seconds, and NaN is after no moment.",
  },
  {
    file: "services/processor/src/processing/resync-raiser.ts",
    from: "oldest?.ack",
    to: "oldest.ack",
    why: "It is only called while some are owed.",
  },
  {
    file: "packages/redis/src/limits/redis-token-buckets.ts",
    from: "clearTimeout(this.#paying);",
    to: ";",
    why: "The timer would pay once more, when nothing is owed.",
  },
  {
    file: "services/realtime/src/session/feed.ts",
    from: "cursorAgeMs > this.#context.timings.maxCursorAgeMs",
    to: "cursorAgeMs >= this.#context.timings.maxCursorAgeMs",
    why: "An age in parts of a microsecond is never exactly the limit.",
  },
];
