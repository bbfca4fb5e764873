import { randomUUID } from "node:crypto";
import { newMessageId, UnavailableError, type UserId, userUrn } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import {
  connectClient,
  type HandshakeRefusal,
  type TestClient,
} from "@dumbwaiter/dev-env/observe/test-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

describe("an anonymous socket", () => {
  let fixture: RealtimeFixture;
  let bob: string;
  let accessKey: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ allowedOrigins: ["https://app.example"] });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    bob = freshUser();
    accessKey = await fixture.setAccessKey(bob);
  });

  const refused = (code: string, more: object = {}) => ({
    ok: false,
    error: { code, message: expect.any(String), retryable: false, ...more },
  });
  const send = (client: TestClient, options?: object, to = bob) =>
    client.request("send", ...[envelopeFor(to), options].filter((argument) => argument !== undefined));
  const recordOf = (id: unknown) => fixture.accepted.find(({ attributes }) => attributes.id === id);

  describe("is refused", () => {
    async function refusal(auth: Record<string, unknown>, extraHeaders = {}) {
      const outcome = await connectClient(fixture.url, auth, { extraHeaders }).catch(
        (error: HandshakeRefusal) => error,
      );
      if (!(outcome instanceof Error)) throw new Error("the handshake was accepted");
      return outcome.data;
    }

    it.each([
      ["a token", { anonymous: true, token: "TOKEN" }],
      ["an empty token", { anonymous: true, token: "" }],
      ["a device", { anonymous: true, deviceId: "phone" }],
      ["an access key", { anonymous: true, accessKey: KEY }],
      ["anything else", { anonymous: true, extra: null }],
      ["false", { anonymous: false }],
      ["false and a token", { anonymous: false, token: "TOKEN" }],
      ["null and a token", { anonymous: null, token: "TOKEN" }],
      ["a text", { anonymous: "true" }],
      ["a number", { anonymous: 1 }],
      ["a list", { anonymous: [true] }],
    ])("with %s", async (_name, auth) => {
      const token = await fixture.token(bob);
      const real = "token" in auth && auth.token === "TOKEN" ? { ...auth, token } : auth;
      expect(await refusal(real)).toEqual({
        code: "invalid_request",
        message: expect.stringContaining("{anonymous: true} alone"),
        path: "anonymous",
        retryable: false,
      });
      expect(fixture.taps.tokens.calls.filter(({ args }) => args[0] === token)).toEqual([]);
    });

    it("from a page of another origin", async () => {
      const auth = { anonymous: true };
      expect(await refusal(auth, { origin: "https://evil.example" })).toMatchObject({
        code: "origin_refused",
      });
      await fixture.connectAnonymously({ extraHeaders: { origin: "https://app.example" } });
    });
  });

  it("sends, and a retry with the same key gets the same id", async () => {
    const client = await fixture.connectAnonymously();
    const first = await send(client, { accessKey });
    expect(first).toEqual({ ok: true, id: expect.any(String) });
    await eventually(() =>
      expect(recordOf(first.id)).toMatchObject({ attributes: { recipient: userUrn(bob as UserId) } }),
    );
    const idempotencyKey = newMessageId(fixture.clock.now());
    const sent = [await send(client, { accessKey, idempotencyKey })];
    sent.push(await send(await fixture.connectAnonymously(), { accessKey, idempotencyKey }));
    expect(sent[0]).toEqual(sent[1]);
    const other = freshUser();
    const key = await fixture.setAccessKey(other);
    expect((await send(client, { accessKey: key, idempotencyKey }, other)).id).not.toBe(sent[0]?.id);
  });

  it("publishes what an identified one does, and nothing that tells them apart", async () => {
    const anonymous = await send(await fixture.connectAnonymously(), { accessKey });
    const identified = await send(await fixture.connect(freshUser()));
    await eventually(() => expect(recordOf(identified.id)).toBeDefined());
    const [one, other] = [recordOf(anonymous.id), recordOf(identified.id)];
    const [own, others] = [one, other].map((record) => {
      return { ...record?.attributes, id: "", acceptedAt: "" };
    });
    expect(own).toEqual(others);
    expect(one?.data).toEqual(other?.data);
  });

  it("receives nothing, and is no device", async () => {
    const client = await fixture.connectAnonymously();
    const calls = fixture.taps.devices.calls.length;
    const devices = await fixture.metric("dumbwaiter_realtime_devices");
    const identified = await fixture.connect(bob);
    await fixture.post(bob, 3);
    await eventually(() => expect(identified.messages).toHaveLength(3));
    expect(await send(client, { accessKey })).toMatchObject({ ok: true });
    expect([client.messages, client.events]).toEqual([[], []]);
    const registered = fixture.taps.devices.calls.slice(calls).map(({ args }) => JSON.stringify(args));
    expect(registered.filter((each) => !each.includes(bob))).toEqual([]);
    expect(await fixture.metric("dumbwaiter_realtime_devices")).toBe(devices + 1);
  });

  it("may neither acknowledge, nor pull, nor bring a token later", async () => {
    const client = await fixture.connectAnonymously();
    const ids = await fixture.post(bob, 1);
    const token = await fixture.token(bob);
    for (const [event, argument] of [
      ["ack", { messageIds: ids }],
      ["pull", {}],
      ["auth", { token }],
    ] as const) {
      const message = "An anonymous socket may only send";
      expect(await client.request(event, argument)).toEqual(refused("invalid_request", { message }));
    }
    expect(await client.request("other")).toEqual(refused("invalid_request"));
    expect(await fixture.queued(bob)).toEqual(ids);
    expect(fixture.taps.tokens.calls.filter(({ args }) => args[0] === token)).toEqual([]);
    expect(await send(client, { accessKey })).toMatchObject({ ok: true });
  });

  it.each([
    ["no options", undefined as { accessKey?: unknown } | undefined, "invalid_request", "accessKey"],
    ["no access key", {}, "invalid_request", "accessKey"],
    ["one that is not base64", { accessKey: `${"a".repeat(31)}!` }, "invalid_request", "accessKey"],
    ["one that is too short", { accessKey: "AEBD" }, "invalid_request", "accessKey"],
    ["one that is not a text", { accessKey: 7 }, "invalid_request", "accessKey"],
    ["an unknown option", { accessKey: KEY, token: "a.b.c" }, "invalid_request", "token"],
    ["a bad idempotency key", { accessKey: "OWN", idempotencyKey: randomUUID() }, "invalid_idempotency_key"],
  ])("is refused a send with %s", async (_name, options, code, path = undefined) => {
    const client = await fixture.connectAnonymously();
    const real = options?.accessKey === "OWN" ? { ...options, accessKey } : options;
    expect(await send(client, real)).toEqual(refused(code, path === undefined ? {} : { path }));
  });

  it("is told that a send needs an access key, and which form it has", async () => {
    const client = await fixture.connectAnonymously();
    const told = [await send(client), await send(client, {}), await send(client, { accessKey: "AEBD" })];
    expect(told.map(({ error }) => error?.message)).toEqual([
      "accessKey: is required",
      "accessKey: is required",
      "accessKey: must be padded base64 of 16 to 64 bytes",
    ]);
  });

  it("gets one answer for an unknown recipient, for one without a key, and for a wrong key", async () => {
    const client = await fixture.connectAnonymously();
    const keyless = freshUser();
    await fixture.register(keyless);
    const answers = [];
    for (const to of [freshUser(), keyless, bob]) answers.push(await send(client, { accessKey: KEY }, to));
    expect(answers[0]).toEqual(refused("access_key_refused"));
    expect(answers).toEqual(Array(3).fill(answers[0]));
  });

  it("is told when the key cannot be looked up, as of any other outage", async () => {
    const client = await fixture.connectAnonymously();
    fixture.taps.accessKeys.before = (method) => {
      if (method === "lookup") throw new UnavailableError("test");
    };
    expect(await send(client, { accessKey })).toMatchObject({
      error: { code: "unavailable", retryable: true },
    });
    fixture.taps.accessKeys.before = undefined;
    expect(await send(client, { accessKey })).toMatchObject({ ok: true });
  });

  it("is the only one that takes an access key", async () => {
    const client = await fixture.connect(freshUser());
    expect(await send(client, { accessKey })).toEqual(refused("invalid_request", { path: "accessKey" }));
    expect(await send(client)).toMatchObject({ ok: true });
  });

  it("counts as an open socket, and leaves no trace in the log of whose it is", async () => {
    const { url, metric } = await fixture.addNode({ trustProxy: 1 });
    const from = { url, extraHeaders: { "x-forwarded-for": "203.0.113.77" } };
    const client = await fixture.connectAnonymously(from);
    expect(await metric("dumbwaiter_realtime_sockets")).toBe(1);
    expect(await metric("dumbwaiter_realtime_anonymous_sockets")).toBe(1);
    await send(client, { accessKey: KEY });
    await send(client);
    await client.request("pull");
    client.socket.disconnect();
    await eventually(async () => expect(await metric("dumbwaiter_realtime_sockets")).toBe(0));
    expect(await metric("dumbwaiter_realtime_anonymous_sockets")).toBe(0);
    const log = JSON.stringify(fixture.logs());
    expect(log).toContain("access_key_refused");
    for (const secret of ["203.0.113", "127.0.0.1", KEY, accessKey, bob as UserId]) {
      expect(log).not.toContain(secret);
    }
  });
});
