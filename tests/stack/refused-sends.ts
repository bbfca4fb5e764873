import { randomBytes } from "node:crypto";
import type { MarkedCaller, MarkedSend } from "@dumbwaiter/dev-env/observe/marked-caller";
import { newEnvelope, type WireUser } from "@dumbwaiter/wire-user";

export interface Refused extends MarkedSend {
  readonly code: string;
  /** How often it may have to be sent until it is refused so. */
  readonly times?: number;
}

type MakeRefused = (caller: MarkedCaller, recipient: WireUser) => Refused;

const TOO_LARGE = 100 * 1024;

/** One of each refusal of a send, of whatever sender, with marks where the refusal might quote them. */
export const REFUSED_SENDS: readonly (readonly [what: string, make: MakeRefused])[] = [
  [
    "a field of its own",
    (caller, to) => ({
      code: "invalid_envelope",
      body: JSON.stringify({ ...newEnvelope(to), [caller.mark("field")]: caller.mark("value") }),
    }),
  ],
  ["no JSON", (caller) => ({ code: "invalid_json", body: `{"${caller.mark("text")}` })],
  [
    "a key twice",
    (caller, to) => {
      const [name, value] = [caller.mark("twice"), JSON.stringify(newEnvelope(to)).slice(1)];
      return { code: "invalid_envelope", body: `{"${name}":1,"${name}":1,${value}` };
    },
  ],
  [
    "no recipient",
    (caller, to) => ({
      code: "invalid_envelope",
      body: JSON.stringify({ ...newEnvelope(to), recipientId: caller.mark("recipient") }),
    }),
  ],
  [
    "another media type",
    (caller) => ({
      code: "unsupported_media_type",
      headers: { "Content-Type": `text/${caller.mark("type")}` },
    }),
  ],
  [
    "an idempotency key that is none",
    (caller) => ({
      code: "invalid_idempotency_key",
      headers: { "Idempotency-Key": caller.mark("idempotency") },
    }),
  ],
  [
    "a large envelope",
    (_caller, to) => ({ code: "too_large", body: JSON.stringify(newEnvelope(to, TOO_LARGE)) }),
  ],
  [
    "another page",
    (caller) => ({ code: "origin_refused", headers: { Origin: `https://${caller.mark("origin")}.example` } }),
  ],
  ["another path", (caller) => ({ code: "not_found", path: `/api/${caller.mark("path")}` })],
  [
    "another method",
    (caller) => ({ code: "method_not_allowed", method: "PUT", path: `/api/send?${caller.mark("query")}` }),
  ],
];

/** One of each refusal of what a sender bears. */
export const REFUSED_CREDENTIALS: readonly (readonly [what: string, make: MakeRefused])[] = [
  ["none", () => ({ code: "unauthenticated" })],
  [
    "a token with a header of its own",
    (caller) => ({ code: "unauthenticated", headers: { Authorization: `Bearer ${oddToken(caller)}` } }),
  ],
  [
    "no token",
    (caller) => ({ code: "unauthenticated", headers: { Authorization: `Bearer ${caller.mark("bearer")}` } }),
  ],
  [
    "a token and a key",
    (caller) => ({
      code: "invalid_request",
      headers: { ...otherKey(caller), Authorization: `Bearer ${caller.mark("bearer")}` },
    }),
  ],
  ["another key", (caller) => ({ code: "access_key_refused", headers: otherKey(caller) })],
  [
    "a key, for nobody",
    (caller, to) => ({
      code: "access_key_refused",
      headers: otherKey(caller),
      body: JSON.stringify({ ...newEnvelope(to), recipientId: "urn:sm:user:nobody" }),
    }),
  ],
  ["many other keys", (caller) => ({ code: "rate_limited", times: 20, headers: otherKey(caller) })],
];

/** What verifies it must not quote it. */
function oddToken(caller: MarkedCaller): string {
  const crit = caller.mark("crit");
  const header = { alg: "ES256", kid: caller.mark("kid"), crit: [crit], [crit]: 1 };
  const payload = { iss: "dumbwaiter-dev-issuer", sub: caller.mark("sub") };
  const parts = [JSON.stringify(header), JSON.stringify(payload), "x".repeat(64)];
  return parts.map((part) => Buffer.from(part).toString("base64url")).join(".");
}

function otherKey(caller: MarkedCaller) {
  const key = randomBytes(32);
  caller.marks.add("other key", key, key.toString("base64"));
  return { "Access-Key": key.toString("base64") };
}

/** What is no request at all, or never a whole one. */
export function brokenSends(
  caller: MarkedCaller,
  credential: Readonly<Record<string, string>>,
): readonly BrokenSend[] {
  const head = `POST /api/send HTTP/1.1\r\n${Object.entries(credential)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\r\n")}\r\nContent-Type: application/json`;
  return [
    { head: `SEND ${caller.mark("line")}` },
    { head: `${head}\r\n${caller.mark("header")}` },
    { head: `${head}\r\nContent-Length: ${caller.mark("length")}` },
    { head: `${head}\r\nX-Long: ${caller.mark("long")}${"x".repeat(20_000)}` },
    { head: `${head}\r\nContent-Length: 1000`, body: caller.mark("half") },
    { head: `${head}\r\nTransfer-Encoding: chunked`, body: caller.mark("chunk") },
  ];
}

export interface BrokenSend {
  /** The request line and the first headers. */
  readonly head: string;
  readonly body?: string;
}
