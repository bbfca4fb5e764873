import type { IncomingMessage } from "node:http";
import { DumbwaiterError } from "@dumbwaiter/core";

/** The names of this machine to itself. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a request names an allowed host. A page of another name that makes it point at this machine (DNS rebinding)
 * is of one origin with what it calls, so browsers let it read everything; but its requests bear its own name.
 */
export function createHostCheck(
  allowedHosts: readonly string[] | undefined,
): (request: Pick<IncomingMessage, "headers">) => boolean {
  if (allowedHosts === undefined) return () => true;
  const allowed = new Set(allowedHosts);
  return ({ headers }) => allowed.has((headers.host ?? "").toLowerCase().replace(/:\d*$/, ""));
}

export function hostRefused(): DumbwaiterError {
  return new DumbwaiterError("origin_refused", "The host name in the Host header is not allowed");
}
