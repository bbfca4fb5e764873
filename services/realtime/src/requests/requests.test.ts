import { randomUUID } from "node:crypto";
import { createLimits, newMessageId, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser, NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { InMemoryTokenBuckets } from "@dumbwaiter/in-process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data, envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

describe("requests", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  const refused = (code: string, path?: string) => ({
    ok: false,
    error: expect.objectContaining({ code, retryable: false, ...(path === undefined ? {} : { path }) }),
  });

  describe("ack", () => {
    it("responds once the deletion is durable, and ignores unknown ids and an empty list", async () => {
      const client = await fixture.connect(bob);
      const sent = await fixture.post(bob, 3);
      expect(await client.ack([...sent.slice(0, 2), randomUUID(), sent[0]?.toUpperCase() ?? ""])).toEqual({
        ok: true,
      });
      expect(await fixture.queued(bob)).toEqual(sent.slice(2));
      expect(await client.ack([])).toEqual({ ok: true });
      expect(await client.ack(Array.from({ length: 500 }, () => randomUUID()))).toEqual({ ok: true });
    });

    it("accepts an ack without a callback", async () => {
      const client = await fixture.connect(bob);
      client.socket.emit("ack", { messageIds: await fixture.post(bob, 1) });
      await eventually(async () => expect(await fixture.queued(bob)).toEqual([]));
    });

    it.each([
      ["nothing", undefined, undefined],
      ["null", null, undefined],
      ["a list", [], undefined],
      ["no list", { messageIds: "a" }, "messageIds"],
      ["501 ids", { messageIds: Array.from({ length: 501 }, () => randomUUID()) }, "messageIds"],
      ["an id that is not a UUID", { messageIds: ["abc"] }, "messageIds.0"],
      ["a number", { messageIds: [7] }, "messageIds.0"],
      ["an unknown field", { messageIds: [], all: true }, "all"],
    ])("refuses %s", async (_name, argument, path) => {
      const client = await fixture.connect(bob);
      expect(await client.request("ack", argument)).toEqual(refused("invalid_request", path));
    });

    it("reports that the store is unavailable, and keeps the messages", async () => {
      const client = await fixture.connect(bob);
      const sent = await fixture.post(bob, 1);
      fixture.taps.queues.before = (method) => {
        if (method === "delete") throw new UnavailableError("test");
      };
      expect(await client.ack(sent)).toEqual({
        ok: false,
        error: { code: "unavailable", message: expect.any(String), retryable: true },
      });
      fixture.taps.queues.before = undefined;
      expect(await fixture.queued(bob)).toEqual(sent);
      expect(await client.ack(sent)).toEqual({ ok: true });
    });
  });

  describe("pull", () => {
    it("returns the oldest messages as HTTP does", async () => {
      const client = await fixture.connect(bob);
      const sent = await fixture.post(bob, 60);
      const first = await client.request("pull");
      expect(first).toMatchObject({ ok: true, hasMore: true });
      const messages = first.messages as { id: string; envelope: object }[];
      expect(messages.map(({ id }) => id)).toEqual(sent.slice(0, 50));
      expect(messages[0]?.envelope).toEqual(envelopeFor(bob));
      const all = await client.request("pull", { limit: 1000 });
      expect(all).toMatchObject({ ok: true, hasMore: false });
      expect(all.messages).toHaveLength(60);
    });

    it("is limited by the size of the socket's buffer", async () => {
      await fixture.register(bob);
      const { url } = await fixture.addNode({ maxUnacked: 1 });
      await fixture.post(bob, 8, { fields: { encryptedData: data(240_000) }, undelivered: true });
      const client = await fixture.connect(bob, { url });
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.request("pull")));
      for (const answer of answers) {
        expect(answer).toMatchObject({ ok: true, hasMore: true });
        expect(answer.messages).toHaveLength(4);
      }
    });

    it.each([[0], [-1], [1.5], ["5"], [null], [{}]])("refuses the limit %j", async (limit) => {
      const client = await fixture.connect(bob);
      expect(await client.request("pull", { limit })).toEqual(refused("invalid_request", "limit"));
    });
  });

  describe("send", () => {
    it("accepts an envelope for any recipient, without a trace of the sender", async () => {
      const client = await fixture.connect(bob);
      const carol = freshUser();
      const answer = await client.request("send", envelopeFor(carol));
      expect(answer).toEqual({ ok: true, id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      await eventually(() => {
        const record = fixture.accepted.find(({ attributes }) => attributes.id === answer.id);
        expect(JSON.parse(record?.data.toString() ?? "")).toEqual(envelopeFor(carol));
        expect(JSON.stringify(record)).not.toContain(bob);
      });
    });

    it("gives a retry with the same key the same id", async () => {
      const client = await fixture.connect(bob);
      const idempotencyKey = newMessageId(Date.now());
      const send = () => client.request("send", envelopeFor("carol"), { idempotencyKey });
      const [first, second] = [await send(), await send()];
      expect(first.ok).toBe(true);
      expect(second).toEqual(first);
    });

    it("refuses what HTTP refuses, with the same codes", async () => {
      const client = await fixture.connect(bob);
      const send = (...args: unknown[]) => client.request("send", ...args);
      const envelope = envelopeFor("carol");
      expect(await send()).toEqual(refused("invalid_envelope"));
      expect(await send({ ...envelope, sender: "bob" })).toEqual(refused("invalid_envelope", "sender"));
      expect(await send({ ...envelope, encryptedData: "*" })).toEqual(
        refused("invalid_envelope", "encryptedData"),
      );
      expect(await send({ ...envelope, recipientId: "urn:sm:user:.." })).toEqual(
        refused("invalid_envelope", "recipientId"),
      );
      expect(await send({ ...envelope, encryptedData: data(262_144) })).toEqual(refused("too_large"));
      expect(await send(envelope, { idempotencyKey: "abc" })).toEqual(refused("invalid_idempotency_key"));
      expect(await send(envelope, { key: "abc" })).toEqual(refused("invalid_request", "key"));
      expect(client.socket.connected).toBe(true);
    });

    it("says how long to wait when the sender is over the limit", async () => {
      const limits = createLimits(new InMemoryTokenBuckets(fixture.clock), {
        ...NO_LIMITS,
        sendRatePerSecond: 0.01,
        sendBurst: 2,
      });
      const { url } = await fixture.addNode({}, { limits });
      const client = await fixture.connect(bob, { url });
      const send = () => client.request("send", envelopeFor("carol"));
      expect([(await send()).ok, (await send()).ok]).toEqual([true, true]);
      const { error } = await send();
      expect(error).toMatchObject({ code: "rate_limited", retryable: true });
      expect(error?.retryAfterMs).toBeGreaterThan(10_000);
      const refusals = fixture.logs().filter(({ code }) => code === "rate_limited");
      expect(refusals).toMatchObject([{ request: "send", id: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    });
  });

  it("says how long to wait when the user is over a limit of another call", async () => {
    const limits = createLimits(new InMemoryTokenBuckets(fixture.clock), {
      ...NO_LIMITS,
      ...{ pullRatePerSecond: 0.01, pullBurst: 1, ackRatePerSecond: 0.01, ackBurst: 2 },
      ...{ handshakeRatePerSecond: 0.01, handshakeBurst: 2 },
    });
    const { url } = await fixture.addNode({}, { limits });
    const client = await fixture.connect(bob, { url });
    const token = await fixture.token(bob);
    for (const [event, argument] of [
      ["pull", {}],
      ["ack", { messageIds: [randomUUID(), randomUUID()] }],
      ["auth", { token }],
    ] as const) {
      expect(await client.request(event, argument)).toMatchObject({ ok: true });
      const { error } = await client.request(event, argument);
      expect(error).toMatchObject({ code: "rate_limited", retryable: true });
      expect(error?.retryAfterMs).toBeGreaterThan(10_000);
    }
  });

  describe("auth", () => {
    it("accepts only a token of the same user and device", async () => {
      const client = await fixture.connect(bob, { deviceId: "phone" });
      const auth = async (token: unknown) => client.request("auth", { token });
      expect(await auth(await fixture.token(bob))).toEqual({ ok: true });
      expect(await auth(await fixture.token(bob, { deviceId: "phone" }))).toEqual({ ok: true });
      expect(await auth(await fixture.token(bob, { deviceId: "tablet" }))).toEqual(
        refused("device_mismatch"),
      );
      expect(await auth(await fixture.token(freshUser()))).toEqual(refused("device_mismatch"));
      expect(await auth(await fixture.token(bob, { expiresInSeconds: -60 }))).toEqual(
        refused("token_expired"),
      );
      expect(await auth("abc")).toEqual(refused("unauthenticated"));
      expect(await auth(7)).toEqual(refused("invalid_request", "token"));
    });
  });

  it("runs at most 64 requests of one client at once", async () => {
    let underWay = 0;
    let most = 0;
    const held = Promise.withResolvers<void>();
    const limits = createLimits(new InMemoryTokenBuckets(fixture.clock), NO_LIMITS);
    const { url } = await fixture.addNode(
      {},
      {
        limits: overridden(limits, {
          async admitAck() {
            underWay += 1;
            most = Math.max(most, underWay);
            await held.promise;
            underWay -= 1;
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url });
    // Large enough that one read from the connection does not bring all of them.
    const ids = Array.from({ length: 500 }, () => randomUUID());
    const answers = Array.from({ length: 300 }, () => client.ack(ids));
    await eventually(() => expect(most).toBeGreaterThanOrEqual(64));
    await fixture.connect(freshUser(), { url });
    expect(most).toBeLessThan(75);
    held.resolve();
    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ ok: true });
  });
});
