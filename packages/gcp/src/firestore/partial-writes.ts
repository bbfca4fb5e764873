import type { status } from "@grpc/grpc-js";
import { isTransient } from "../dependency-calls.ts";

/** Of one of several writes, as BatchWrite gives it. */
interface Outcome {
  readonly code?: number | null;
  readonly message?: string | null;
}

/** Some of several writes have failed, and others have not. */
export class PartlyWrittenError<Write = unknown> extends Error {
  /** Of the first that failed; of the first that may yet succeed, if there is one. */
  readonly code: status;
  readonly failed: readonly Write[];

  constructor({ code, message }: Outcome, failed: readonly Write[]) {
    super(message ?? "A write failed");
    this.code = code as status;
    this.failed = failed;
  }
}

/** Writes that are independent of each other. Those that failed for the moment are left, to be made again. */
export class PartialWrites<Write> {
  #left: readonly Write[];
  readonly #refused: Write[] = [];
  #refusal: Outcome | undefined;

  constructor(writes: readonly Write[]) {
    this.#left = writes;
  }

  /** Those to make. */
  get left(): readonly Write[] {
    return this.#left;
  }

  /**
   * Takes the outcomes of all that were left.
   *
   * @throws PartlyWrittenError if any has failed, now or before
   */
  answered(outcomes: readonly Outcome[]): void {
    const left: Write[] = [];
    let transient: Outcome | undefined;
    this.#left.forEach((write, index) => {
      const outcome = outcomes[index];
      if (!outcome?.code) return;
      if (isTransient(outcome.code)) {
        transient ??= outcome;
        left.push(write);
      } else {
        this.#refusal ??= outcome;
        this.#refused.push(write);
      }
    });
    this.#left = left;
    const reason = transient ?? this.#refusal;
    if (reason) throw new PartlyWrittenError(reason, [...this.#refused, ...left]);
  }
}
