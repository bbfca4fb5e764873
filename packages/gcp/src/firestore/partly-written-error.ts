import type { status } from "@grpc/grpc-js";

/** Of one of several writes, as BatchWrite gives it. */
interface Outcome {
  readonly code?: number | null;
  readonly message?: string | null;
}

/** Some of several writes have failed, and others have not. */
export class PartlyWrittenError<Write = unknown> extends Error {
  /** Of the first that failed. */
  readonly code: status;
  readonly failed: readonly Write[];

  constructor({ code, message }: Outcome, failed: readonly Write[]) {
    super(message ?? "A write failed");
    this.code = code as status;
    this.failed = failed;
  }
}

/** @returns undefined if none has failed */
export function partlyWritten<Write>(
  writes: readonly Write[],
  outcomes: readonly Outcome[],
): PartlyWrittenError<Write> | undefined {
  const first = outcomes.find(({ code }) => code);
  return (
    first &&
    new PartlyWrittenError(
      first,
      writes.filter((_, index) => outcomes[index]?.code),
    )
  );
}
