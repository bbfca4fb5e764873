import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createOriginCheck } from "./origin-check.ts";
import type { TrustProxy } from "./trust-proxy.ts";

function mayCall(headers: IncomingHttpHeaders, trustProxy: TrustProxy = false): boolean {
  const check = createOriginCheck({ allowedOrigins: ["https://app.example"], trustProxy });
  return check({ headers, socket: { remoteAddress: "10.0.0.7" } as Socket });
}

describe("the origin check", () => {
  it.each([
    ["a client that is not a browser", {}, true],
    ["an allowed origin", { origin: "https://app.example" }, true],
    ["our own origin", { origin: "https://dumbwaiter.example", host: "Dumbwaiter.Example" }, true],
    [
      "our own origin on another port",
      { origin: "https://dumbwaiter.example:8443", host: "dumbwaiter.example" },
      false,
    ],
    ["another origin", { origin: "https://evil.example", host: "dumbwaiter.example" }, false],
    ["an opaque origin", { origin: "null", host: "null" }, false],
    ["an empty origin", { origin: "" }, false],
  ])("decides on %s", (_name, headers, allowed) => {
    expect(mayCall(headers)).toBe(allowed);
  });

  const forwarded = {
    origin: "https://dumbwaiter.example",
    host: "internal:8080",
    "x-forwarded-host": "dumbwaiter.example, inner.example",
  };
  it.each([
    [true, true],
    [1, true],
    ["loopback,10.0.0.0/8", true],
    ["loopback", false],
    [0, false],
    [false, false],
  ])("believes X-Forwarded-Host when `trust proxy` is %s: %s", (trustProxy, allowed) => {
    expect(mayCall(forwarded, trustProxy)).toBe(allowed);
  });
});
