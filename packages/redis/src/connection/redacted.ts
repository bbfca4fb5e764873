/**
 * An error of ioredis without the command that it was about: its arguments hold passwords and envelopes, and the
 * error may end in a log.
 */
export function redacted(error: Error): Error {
  const { code, lastNodeError } = error as Error & { code?: string; lastNodeError?: Error };
  const message = [error, lastNodeError]
    .flatMap((part) => part?.message.replace(/\.$|,? with args beginning with:.*/s, "") ?? [])
    .join(": ");
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
