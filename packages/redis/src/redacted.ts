/**
 * An error of ioredis without the command that it was about: its arguments hold passwords and envelopes, and the
 * error may end in a log.
 */
export function redacted(error: Error): Error {
  const { code, lastNodeError } = error as Error & { code?: string; lastNodeError?: Error };
  const detail = lastNodeError ? `: ${lastNodeError.message}` : "";
  const message = `${error.message}${detail}`.replace(/,? with args beginning with:.*/s, "");
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
