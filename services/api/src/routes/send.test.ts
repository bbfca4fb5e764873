import { newMessageId, type UserId } from "@dumbwaiter/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
afterEach(() => {
  api.published.length = 0;
});

describe("POST /api/send", () => {
  it("responds with 202 and the id of the published message", async () => {
    const before = Date.now();
    const response = await api.call("POST", "/api/send", { body: ENVELOPE });
    const { id, ...rest } = (await response.json()) as { id: string };
    expect([response.status, response.headers.get("content-type"), rest]).toEqual([
      202,
      "application/json",
      {},
    ]);
    expect(id).toMatch(UUID_V7);
    const [record] = api.published;
    expect(JSON.parse(String(record?.data))).toEqual(ENVELOPE);
    const { acceptedAt, ...attributes } = record?.attributes ?? {};
    expect(attributes).toEqual({
      v: "1",
      id,
      recipient: ENVELOPE.recipientId,
      ephemeral: "false",
      priority: "0",
    });
    expect(Number(acceptedAt)).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ["auth0|7", "auth0%7C7"],
    ["spiffe://acme.example/ns/x", "spiffe%3A%2F%2Facme.example%2Fns%2Fx"],
    ["jürgen@example.org", "j%C3%BCrgen@example.org"],
  ])("takes a message for the user that the subject %s is, whose tokens name one user", async (sub, id) => {
    const body = { ...ENVELOPE, recipientId: `urn:sm:user:${id}` };
    expect((await api.call("POST", "/api/send", { token: await api.token({ sub }), body })).status).toBe(202);
    expect(api.published[0]?.attributes.recipient).toBe(body.recipientId);
    for (const named of [sub, body.recipientId]) {
      const token = await api.token({ sub: named });
      const device = `d${named.length}`;
      const headers = { "x-device-id": device };
      expect((await api.call("PUT", `/api/devices/${device}`, { token, headers })).status).toBe(200);
    }
    const devices = (await api.store.devices.lookup([id as UserId])).get(id as UserId) ?? [];
    expect(devices).toHaveLength(2);
  });

  it("guarantee 6: neither publishes, logs nor counts the sender, and ignores the sender's trace", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const token = await api.token({ sub: "urn:sm:user:mallory" });
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect((await api.call("POST", "/api/send", { token, headers, body: ENVELOPE })).status).toBe(202);
    const refused = { ...ENVELOPE, "secret field": "secret value" };
    const response = await api.call("POST", "/api/send", { token, headers, body: refused });
    await expectProblem(response, "invalid_envelope", "secret field");
    const published = api.published.map(({ data, attributes }) => String(data) + JSON.stringify(attributes));
    const log = api.log();
    expect(log).toContain('"code":"invalid_envelope"');
    for (const text of [...published, log, await api.registry.metrics()]) {
      expect(text).not.toMatch(/mallory|secret/);
      expect(text).not.toContain(traceId);
      expect(text).not.toContain(token);
    }
    expect(log).not.toContain(ENVELOPE.encryptedData);
  });

  it("guarantee 2: gives a retry the same id, and no other message that id", async () => {
    const key: string = newMessageId(Date.now());
    const send = async (sub: string, recipientId: string, idempotencyKey = key, fields = {}) => {
      const body = { ...ENVELOPE, recipientId, ...fields };
      const headers = { "idempotency-key": idempotencyKey };
      const response = await api.call("POST", "/api/send", {
        token: await api.token({ sub }),
        body,
        headers,
      });
      return ((await response.json()) as { id: string }).id;
    };
    const id = await send("alice", "urn:sm:user:bob");
    expect(id).toMatch(UUID_V7);
    expect(id.slice(0, 13)).toBe(key.slice(0, 13));
    expect(await send("urn:sm:user:alice", "urn:sm:user:bob", key.toUpperCase())).toBe(id);
    expect(await send("carol", "urn:sm:user:bob")).not.toBe(id);
    expect(await send("alice", "urn:sm:user:dave")).not.toBe(id);
    expect(await send("alice", "urn:sm:user:bob", key, { encryptedData: "AAAA" })).not.toBe(id);
    expect(new Set(api.published.map(({ attributes }) => attributes.id)).size).toBe(4);
  });

  it.each([
    ["without a signature", { ...ENVELOPE, signature: undefined }],
    ["of high priority", { ...ENVELOPE, priority: 10 }],
    ["ephemeral", { ...ENVELOPE, isEphemeral: true }],
    ["in URL-safe base64 without padding", { ...ENVELOPE, encryptedData: "-_8" }],
    ["in standard base64 with padding", { ...ENVELOPE, encryptedData: "+/8=" }],
  ])("takes an envelope %s", async (_name, body) => {
    expect((await api.call("POST", "/api/send", { body })).status).toBe(202);
    expect(JSON.parse(String(api.published[0]?.data))).toEqual(JSON.parse(JSON.stringify(body)));
  });

  it.each(["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json ;x=y"])(
    "takes the content type %s",
    async (type) => {
      const headers = { "content-type": type, "content-encoding": "Identity" };
      expect((await api.call("POST", "/api/send", { body: ENVELOPE, headers })).status).toBe(202);
    },
  );

  it("accepts a body of exactly the largest size, however it is chunked", async () => {
    const room = MAX_ENVELOPE_BYTES - JSON.stringify({ ...ENVELOPE, encryptedData: "" }).length;
    const largest = { ...ENVELOPE, encryptedData: "A".repeat(room - (room % 4)) };
    const bytes = Buffer.from(JSON.stringify(largest).padEnd(MAX_ENVELOPE_BYTES));
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 9999) controller.enqueue(bytes.subarray(at, at + 9999));
        controller.close();
      },
    });
    const headers = { authorization: `Bearer ${await api.token()}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: chunks, duplex: "half" as const };
    expect((await fetch(`${api.url}/api/send`, init)).status).toBe(202);
    expect(JSON.parse(String(api.published[0]?.data))).toEqual(largest);
  });

  it("counts and times accepted messages", async () => {
    api.registry.resetMetrics();
    await api.call("POST", "/api/send", { body: ENVELOPE });
    await api.call("POST", "/api/send", { body: {} });
    const metrics = await api.registry.metrics();
    expect(metrics).toMatch(/^dumbwaiter_api_messages_accepted_total 1$/m);
    expect(metrics).toMatch(/^dumbwaiter_api_send_seconds_count 1$/m);
    expect(metrics).toMatch(/^dumbwaiter_api_refusals_total\{code="invalid_envelope"\} 1$/m);
  });
});
