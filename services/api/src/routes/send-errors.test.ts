import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { ErrorCode } from "@dumbwaiter/core";
import { makeKey, signToken } from "@dumbwaiter/service/testing/test-issuer";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SignJWT, UnsecuredJWT } from "jose";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const JSON_TYPE = "application/json";
const DEPTH = 30_000;
const deep = "[".repeat(DEPTH) + "]".repeat(DEPTH);
const { recipientId: _, ...WITHOUT_RECIPIENT } = ENVELOPE;
const GOOD_JSON = JSON.stringify(ENVELOPE);
const HOUR_MS = 60 * 60 * 1000;

const to = (recipientId: unknown) => ({ ...ENVELOPE, recipientId });
const withData = (encryptedData: unknown) => ({ ...ENVELOPE, encryptedData });
const padded = (bytes: number) => GOOD_JSON.padEnd(bytes);

/** A UUIDv7 of that time. */
function keyMadeAt(time: number): string {
  const hex = time.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

describe("POST /api/send refuses a body with", () => {
  it.each<[string, unknown, ErrorCode, string?]>([
    ["a number for the recipient", to(7), "invalid_envelope", "recipientId"],
    ["null for the data", withData(null), "invalid_envelope", "encryptedData"],
    ["a list for the data", withData(["AEBD"]), "invalid_envelope", "encryptedData"],
    ["a string for the priority", { ...ENVELOPE, priority: "5" }, "invalid_envelope", "priority"],
    ["a fraction for the priority", { ...ENVELOPE, priority: 0.5 }, "invalid_envelope", "priority"],
    ["a priority of 11", { ...ENVELOPE, priority: 11 }, "invalid_envelope", "priority"],
    ["a priority below 0", { ...ENVELOPE, priority: -1 }, "invalid_envelope", "priority"],
    [
      "a priority beyond numbers",
      GOOD_JSON.replace("}", ',"priority":1e999}'),
      "invalid_envelope",
      "priority",
    ],
    ["a string for isEphemeral", { ...ENVELOPE, isEphemeral: "true" }, "invalid_envelope", "isEphemeral"],
    ["null for the signature", { ...ENVELOPE, signature: null }, "invalid_envelope", "signature"],
    ["no recipient", WITHOUT_RECIPIENT, "invalid_envelope", "recipientId"],
    ["no fields", {}, "invalid_envelope", "recipientId"],
    ["a list at the top level", [ENVELOPE], "invalid_envelope", ""],
    ["null at the top level", "null", "invalid_envelope", ""],
    ["a string at the top level", '"hello"', "invalid_envelope", ""],
    ["an unknown field", { ...ENVELOPE, senderId: "x" }, "invalid_envelope", "senderId"],
    ["a key __proto__", GOOD_JSON.replace("}", ',"__proto__":{}}'), "invalid_envelope", "__proto__"],
    [
      "a deep key __proto__",
      GOOD_JSON.replace("}", `,"__proto__":${deep}}`),
      "invalid_envelope",
      "__proto__",
    ],
    ["a key constructor", { ...ENVELOPE, constructor: {} }, "invalid_envelope", "constructor"],
    ["characters outside base64", withData("AE*D"), "invalid_envelope", "encryptedData"],
    ["both alphabets of base64 at once", withData("+_AA"), "invalid_envelope", "encryptedData"],
    ["base64 of an invalid length", withData("AEBDA"), "invalid_envelope", "encryptedData"],
    ["base64 with wrong padding", withData("AEB=="), "invalid_envelope", "encryptedData"],
    ["base64 with a line break", withData("AEBD\n"), "invalid_envelope", "encryptedData"],
    ["base64 with a null byte", withData("AEBD\0"), "invalid_envelope", "encryptedData"],
    ["an empty field", withData(""), "invalid_envelope", "encryptedData"],
    ["the recipient ..", to("urn:sm:user:.."), "invalid_envelope", "recipientId"],
    ["the recipient .", to("urn:sm:user:."), "invalid_envelope", "recipientId"],
    ["a recipient that is not encoded", to("urn:sm:user:auth0|7"), "invalid_envelope", "recipientId"],
    ["a recipient in lower-case hex", to("urn:sm:user:auth0%7c7"), "invalid_envelope", "recipientId"],
    ["a recipient that needs no encoding", to("urn:sm:user:%61lice"), "invalid_envelope", "recipientId"],
    ["a recipient that is not UTF-8", to("urn:sm:user:%FF"), "invalid_envelope", "recipientId"],
    ["a recipient without an id", to("urn:sm:user:"), "invalid_envelope", "recipientId"],
    ["a recipient with a slash", to("urn:sm:user:a/b"), "invalid_envelope", "recipientId"],
    [
      "a recipient of 256 characters",
      to(`urn:sm:user:${"a".repeat(256)}`),
      "invalid_envelope",
      "recipientId",
    ],
    ["a recipient of another URN", to("urn:sm:group:bob"), "invalid_envelope", "recipientId"],
    ["a bare name for the recipient", to("bob"), "invalid_envelope", "recipientId"],
    ["a deep value", `{"recipientId":${deep}}`, "invalid_envelope", "recipientId"],
    ["a deep list at the top level", deep, "invalid_envelope", ""],
    ["brackets that never close", "[".repeat(DEPTH), "invalid_json"],
    ["broken JSON", GOOD_JSON.slice(0, -1), "invalid_json"],
    ["nothing", "", "invalid_json"],
    ["only whitespace", "  \n", "invalid_json"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "invalid_json"],
    ["a key twice", GOOD_JSON.replace("{", '{"encryptedData":"AAAA",'), "invalid_json"],
    ["a key twice, once escaped", GOOD_JSON.replace("{", '{"\\u0073ignature":"AAAA",'), "invalid_json"],
    ["a byte over the limit", padded(MAX_ENVELOPE_BYTES + 1), "too_large"],
    ["a hundred times the limit", padded(MAX_ENVELOPE_BYTES * 100), "too_large"],
  ])("%s", async (_name, body, code, ...[path]) => {
    const response = await api.call("POST", "/api/send", { body });
    await expectProblem(response, code, path);
    expect(api.published).toEqual([]);
  });
});

describe("POST /api/send refuses a request with", () => {
  it.each<[string, Record<string, string>, ErrorCode, string?]>([
    ["another content type", { "content-type": "text/plain" }, "unsupported_media_type"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, "unsupported_media_type"],
    ["another kind of JSON", { "content-type": "application/problem+json" }, "unsupported_media_type"],
    ["no content type", { "content-type": "" }, "unsupported_media_type"],
    ["a malformed content type", { "content-type": "json" }, "unsupported_media_type"],
    ["another charset", { "content-type": `${JSON_TYPE}; charset=utf-16` }, "unsupported_media_type"],
    ["an unknown charset", { "content-type": `${JSON_TYPE}; charset=x` }, "unsupported_media_type"],
    ["a compressed body", { "content-encoding": "gzip" }, "unsupported_media_type"],
    ["an unknown encoding", { "content-encoding": "nonsense" }, "unsupported_media_type"],
    ["a key that is not a UUID", { "idempotency-key": "1" }, "invalid_idempotency_key"],
    ["an empty key", { "idempotency-key": "" }, "invalid_idempotency_key"],
    ["a UUIDv4 for a key", { "idempotency-key": crypto.randomUUID() }, "invalid_idempotency_key"],
    [
      "a key of last week",
      { "idempotency-key": keyMadeAt(Date.now() - 168 * HOUR_MS) },
      "invalid_idempotency_key",
    ],
    [
      "a key of next week",
      { "idempotency-key": keyMadeAt(Date.now() + 168 * HOUR_MS) },
      "invalid_idempotency_key",
    ],
    ["an invalid device", { "x-device-id": "../x" }, "invalid_request", "deviceId"],
    ["an empty device", { "x-device-id": "" }, "invalid_request", "deviceId"],
    ["a page of another origin", { origin: "https://evil.example" }, "origin_refused"],
    ["a page of an opaque origin", { origin: "null" }, "origin_refused"],
  ])("%s", async (_name, headers, code, ...[path]) => {
    const response = await api.call("POST", "/api/send", { body: ENVELOPE, headers });
    await expectProblem(response, code, path);
    expect(api.published).toEqual([]);
  });

  it.each<[string, () => Promise<string | null> | string | null, ErrorCode]>([
    ["no token", () => null, "unauthenticated"],
    ["an invalid token", () => "nonsense", "unauthenticated"],
    ["an expired token", () => api.token({ exp: 1 }), "token_expired"],
    ["a token without expiry", () => api.token({ exp: undefined }), "unauthenticated"],
    ["another issuer's token", () => api.token({ iss: "https://evil.example" }), "unauthenticated"],
    ["a token for another audience", () => api.token({ aud: "other" }), "unauthenticated"],
    ["a token without a valid user", () => api.token({ sub: ".." }), "unauthenticated"],
    ["a token with a bad device", () => api.token({ device_id: "a/b" }), "unauthenticated"],
    ["alg: none", unsecuredToken, "unauthenticated"],
    ["a token signed with the public key", confusedToken, "unauthenticated"],
    ["another key's signature", async () => signToken(await makeKey(api.key.kid)), "unauthenticated"],
    ["a token of 9 KB", () => api.token({ more: "x".repeat(9000) }), "unauthenticated"],
  ])("%s", async (_name, makeToken, code) => {
    const token = await makeToken();
    const response = await api.call("POST", "/api/send", { token, body: ENVELOPE });
    await expectProblem(response, code);
    const challenge = token === null ? "Bearer" : 'Bearer error="invalid_token"';
    expect(response.headers.get("www-authenticate")).toBe(challenge);
    expect(api.published).toEqual([]);
  });

  it.each(["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer é"])(
    "authorization %s",
    async (value) => {
      const headers = { authorization: Buffer.from(value).toString("latin1") };
      const response = await api.call("POST", "/api/send", { token: null, body: ENVELOPE, headers });
      await expectProblem(response, "unauthenticated");
    },
  );

  it("a device other than the token's", async () => {
    const token = await api.token({ device_id: "phone" });
    const headers = { "x-device-id": "laptop" };
    const response = await api.call("POST", "/api/send", { token, body: ENVELOPE, headers });
    await expectProblem(response, "device_mismatch");
    expect(api.published).toEqual([]);
  });
});

function unsecuredToken(): string {
  return new UnsecuredJWT({
    iss: "https://issuer.test",
    aud: "dumbwaiter",
    sub: "alice",
    exp: 1e10,
  }).encode();
}

/** A verifier that lets the token choose how it is verified would take the public key for a secret. */
async function confusedToken(): Promise<string> {
  const secret = createPublicKey({ key: api.key.publicJwk as JsonWebKey, format: "jwk" });
  return new SignJWT({ iss: "https://issuer.test", aud: "dumbwaiter", sub: "alice", exp: 1e10 })
    .setProtectedHeader({ alg: "HS256", kid: api.key.kid })
    .sign(Buffer.from(secret.export({ format: "pem", type: "spki" })));
}
