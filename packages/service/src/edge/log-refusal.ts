import { type DumbwaiterError, UnavailableError } from "@dumbwaiter/core";
import type { Logger } from "../telemetry/logger.ts";
import { LogSampler } from "./log-sampler.ts";

const samplers = new WeakMap<Logger, LogSampler>();

/**
 * Logs why a call did not succeed: as an error when it is our fault, as a warning when a dependency is unavailable,
 * else as information. Whoever provokes thousands a second gets a few lines: the first of a kind, then counts, as
 * `repeated`.
 *
 * @param what the call: `request`, `handshake` or `connection`
 */
export function logRefusal(logger: Logger, what: string, error: DumbwaiterError, fields: object): void {
  const { code, cause } = error;
  const { request, route } = fields as { request?: unknown; route?: unknown };
  const line = { code, ...fields };
  const sampler = samplers.get(logger) ?? new LogSampler();
  samplers.set(logger, sampler);
  sampler.sample([what, code, request ?? route].join(" "), (repeats) => {
    writeLine(logger, what, error, repeats > 0 ? { ...line, repeated: repeats } : line, cause);
  });
}

function writeLine(logger: Logger, what: string, error: DumbwaiterError, line: object, cause: unknown): void {
  if (error.code === "internal") {
    logger.error({ ...line, err: cause }, `${what} failed`);
  } else if (error instanceof UnavailableError) {
    // No stack: what went wrong lies elsewhere.
    logger.warn(
      { ...line, dependency: error.dependency, reason: messageOf(cause) },
      `${what} failed: dependency unavailable`,
    );
  } else {
    // A cause may quote the payload, or the token's header: of a token verifier's, the code is enough.
    const reason = error.code === "unauthenticated" ? reasonOf(error) : undefined;
    logger.info({ ...line, reason }, `${what} refused`);
  }
}

/** Our own message, which names a claim at most, and the code of what a library found. */
function reasonOf({ message, cause }: DumbwaiterError): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === undefined ? message : `${message} (${code})`;
}

function messageOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
