/** An ioredis error without its command, whose arguments contain passwords and envelopes: the error may be logged. */
export function redacted(error: Error): Error {
  const { code, lastNodeError } = error as Error & { code?: string; lastNodeError?: Error };
  const message = [error, lastNodeError]
    .flatMap((part) => part?.message.replace(/\.$|,? with args beginning with:.*/s, "") ?? [])
    .join(": ");
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
