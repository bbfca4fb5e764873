import type { IncomingMessage } from "node:http";
import { type NetworkPrefix, UNKNOWN_NETWORK } from "@dumbwaiter/core";
import proxyAddr, { compile } from "proxy-addr";
import { networkOf } from "./network-of.ts";

/** As Express's `trust proxy`: all, none, the number of proxies in front, or their comma-separated networks. */
export type TrustProxy = boolean | number | string;

/** @returns whether an address is a trusted proxy's; `hop` counts the proxies from ours, which is 0 */
export function trustIn(trustProxy: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trustProxy === "string") return compile(trustProxy.split(","));
  const proxies = trustProxy === true ? Number.POSITIVE_INFINITY : Number(trustProxy);
  return (_address, hop) => hop < proxies;
}

/** Tells a caller's network, of an HTTP request or the upgrade of a socket: `X-Forwarded-For` as far as it is trusted. */
export function createNetworkOfCaller(
  trustProxy: TrustProxy,
): (request: Pick<IncomingMessage, "headers" | "socket">) => NetworkPrefix {
  const isTrusted = trustIn(trustProxy);
  return (request) => {
    // The connection may be gone.
    if (request.socket.remoteAddress === undefined) return UNKNOWN_NETWORK;
    return networkOf(proxyAddr(request as IncomingMessage, isTrusted));
  };
}
