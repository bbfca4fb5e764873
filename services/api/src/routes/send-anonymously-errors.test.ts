import type { ErrorCode } from "@dumbwaiter/core";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { KEY, sendAnonymously, setAccessKey, WRONG_KEY } from "../../testing/anonymous-send.ts";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await setAccessKey(api);
  api.calls();
});
afterAll(() => api.close());

const GOOD = JSON.stringify(ENVELOPE);
const PATH = "Access-Key";

describe("POST /api/send with an access key refuses, and looks nothing up for", () => {
  it.each<[string, Parameters<typeof sendAnonymously>[1], ErrorCode, string?]>([
    ["an empty key", { key: "" }, "invalid_request", PATH],
    ["a key that is not base64", { key: "not base64 at all, really" }, "invalid_request", PATH],
    ["a key of 15 bytes", { key: Buffer.alloc(15).toString("base64") }, "invalid_request", PATH],
    ["a key of 65 bytes", { key: Buffer.alloc(65).toString("base64") }, "invalid_request", PATH],
    ["a key of 8 KB", { key: "A".repeat(8_000) }, "invalid_request", PATH],
    ["a key without padding", { key: KEY.replaceAll("=", "") }, "invalid_request", PATH],
    ["two keys", { key: `${KEY}, ${KEY}` }, "invalid_request", PATH],
    ["a token as well", { headers: { authorization: "Bearer x" } }, "invalid_request", PATH],
    ["an empty token as well", { headers: { authorization: "" } }, "invalid_request", PATH],
    ["a bad key and a token", { key: "x", headers: { authorization: "Bearer x" } }, "invalid_request", PATH],
    ["another type of body", { headers: { "content-type": "text/plain" } }, "unsupported_media_type"],
    ["a compressed body", { headers: { "content-encoding": "gzip" } }, "unsupported_media_type"],
    ["broken JSON", { body: "{" }, "invalid_json"],
    ["a key twice", { body: GOOD.replace("{", '{"encryptedData":"AAAA",') }, "invalid_json"],
    ["a sender", { body: { ...ENVELOPE, senderId: "x" } }, "invalid_envelope", "senderId"],
    [
      "the access key in the body",
      { body: { ...ENVELOPE, accessKey: KEY } },
      "invalid_envelope",
      "accessKey",
    ],
    ["no recipient", { body: {} }, "invalid_envelope", "recipientId"],
    ["a recipient that is none", { recipient: ".." }, "invalid_envelope", "recipientId"],
    ["a body over the limit", { body: GOOD.padEnd(MAX_ENVELOPE_BYTES + 1) }, "too_large"],
    ["a bad idempotency key", { headers: { "idempotency-key": "1" } }, "invalid_idempotency_key"],
  ])("%s", async (_name, options, code, ...[path]) => {
    for (const key of [options?.key ?? KEY, options?.key ?? WRONG_KEY]) {
      await expectProblem(await sendAnonymously(api, { ...options, key }), code, path);
    }
    expect(api.published).toEqual([]);
    expect(api.calls()).toEqual([]);
  });

  it("a token as well, or neither, and says that one of them is needed", async () => {
    const both = await sendAnonymously(api, { headers: { authorization: "Bearer x" } });
    expect(await both.json()).toMatchObject({ detail: expect.stringContaining("Access-Key, not both") });
    const neither = await api.call("POST", "/api/send", { token: null, body: ENVELOPE });
    expect(await expectProblem(neither, "unauthenticated")).toMatchObject({
      detail: expect.stringMatching(/Authorization.*Access-Key/),
    });
  });

  it.each([
    ["GET", "/api/messages"],
    ["POST", "/api/messages/ack"],
    ["GET", "/api/devices"],
    ["DELETE", "/api/user"],
    ["GET", "/api/user/access-key"],
  ])("%s %s, which needs a token", async (method, path) => {
    const headers = { "access-key": KEY };
    await expectProblem(await api.call(method, path, { token: null, headers }), "unauthenticated");
  });
});

describe("while a dependency is unavailable, a send with an access key gets 503 and is not published", () => {
  it("whether or not the key is right", async () => {
    const closed = await startTestApi();
    await setAccessKey(closed);
    await closed.closeStore();
    for (const key of [KEY, WRONG_KEY]) {
      await expectProblem(await sendAnonymously(closed, { key }), "unavailable");
    }
    expect(closed.published).toEqual([]);
    await closed.close();
  });
});
