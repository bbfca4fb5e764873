import type { Socket } from "node:net";
import { UNKNOWN_NETWORK } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { createNetworkOfCaller, type TrustProxy } from "./trust-proxy.ts";

const PROXY = "198.51.100.1";
const OF_PROXY = "198.51.100.0/24";
const FORWARDED = "9.9.9.9, 203.0.113.7, 192.0.2.1";

function networkOfCaller(
  trustProxy: TrustProxy,
  forwarded?: string,
  remoteAddress: string | undefined = PROXY,
) {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return createNetworkOfCaller(trustProxy)({ headers, socket: { remoteAddress } as Socket });
}

it.each<[TrustProxy, string]>([
  [false, OF_PROXY],
  [0, OF_PROXY],
  [1, "192.0.2.0/24"],
  [2, "203.0.113.0/24"],
  [10, "9.9.9.0/24"],
  [true, "9.9.9.0/24"],
  ["198.51.100.0/24", "192.0.2.0/24"],
  ["198.51.100.0/24,192.0.2.1", "203.0.113.0/24"],
  ["loopback", OF_PROXY],
])("with TRUST_PROXY=%s, X-Forwarded-For counts as far as it is trusted", (trustProxy, network) => {
  expect(networkOfCaller(trustProxy, FORWARDED)).toBe(network);
});

it("takes the connection's address without the header", () => {
  for (const trustProxy of [false, 2, true, "198.51.100.0/24"]) {
    expect(networkOfCaller(trustProxy)).toBe(OF_PROXY);
  }
});

it("knows no network when the proxy tells nothing useful", () => {
  expect(networkOfCaller(1, "unknown")).toBe(UNKNOWN_NETWORK);
  expect(networkOfCaller(1, "10.1.2.3")).toBe(UNKNOWN_NETWORK);
  expect(networkOfCaller("198.51.100.0/24", "203.0.113.7:5000")).toBe(UNKNOWN_NETWORK);
});

it.each([true, "loopback"])("knows no network of a connection that is gone", (trustProxy) => {
  const request = { headers: { "x-forwarded-for": "203.0.113.7" }, socket: {} as Socket };
  expect(createNetworkOfCaller(trustProxy)(request)).toBe(UNKNOWN_NETWORK);
});
