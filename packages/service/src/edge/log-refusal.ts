import { type DumbwaiterError, UnavailableError } from "@dumbwaiter/core";
import type { Logger } from "../telemetry/logger.ts";

/**
 * Logs why a call did not succeed: as an error when it is our fault, as a warning when a dependency is unavailable,
 * else as information.
 *
 * @param what the call: `request` or `handshake`
 */
export function logRefusal(logger: Logger, what: string, error: DumbwaiterError, fields: object): void {
  const { code, cause } = error;
  const line = { code, ...fields };
  if (code === "internal") {
    logger.error({ ...line, err: cause }, `${what} failed`);
  } else if (error instanceof UnavailableError) {
    // No stack: there may be thousands of these a second.
    logger.warn(
      { ...line, dependency: error.dependency, reason: messageOf(cause) },
      `${what} failed: dependency unavailable`,
    );
  } else {
    // The cause of other refusals may quote the payload; a token verifier's names a claim at most.
    const reason = code === "unauthenticated" ? messageOf(cause) : undefined;
    logger.info({ ...line, reason }, `${what} refused`);
  }
}

function messageOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
