import { describe, expect, it } from "@jest/globals";
import type { AccessKeyHash } from "../model/access-key.ts";
import { sealEnvelope } from "../model/envelope.ts";
import { RateLimitedError, UnavailableError } from "../model/errors.ts";
import { fromIngressRecord, type IngressRecord } from "../model/ingress-record.ts";
import { derivedMessageId, newMessageId } from "../model/message-id.ts";
import type { AnonymousSender, NetworkPrefix } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";
import type { SendAttempt } from "../ports/limits.ts";
import { createSendMessage, type SendMessage } from "./send-message.ts";

const NOW = 1_722_076_441_163;
const MAX_BYTES = 500;
/** How long anonymous messages wait. */
const PACE_MS = 2_000;
const [alice, bob] = ["alice", "bob"] as [UserId, UserId];
const envelope = sealEnvelope({
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
});
const [right, wrong] = ["right", "wrong"].map(
  (accessKey): AnonymousSender => ({
    accessKey: accessKey.padEnd(43, "x") as AccessKeyHash,
    network: "203.0.113.0/24" as NetworkPrefix,
  }),
) as [AnonymousSender, AnonymousSender];

interface Failures {
  readonly publish?: Error;
  readonly admit?: Error;
  readonly lookup?: Error;
  readonly anonymous?: Error;
  readonly refusedKey?: Error;
}

/** A topic, limits and bob's access key in memory, each of which may fail. */
function open(failures: Failures = {}) {
  const published: IngressRecord[] = [];
  const admitted: SendAttempt[] = [];
  const released: SendAttempt[] = [];
  const calls: string[] = [];
  const lookups: (readonly UserId[])[] = [];
  const paced: number[] = [];
  let now = NOW;
  const paceAnonymous = async (size: number) => {
    paced.push(size);
    now += PACE_MS;
  };
  const sendMessage = createSendMessage({
    clock: { now: () => now },
    maxEnvelopeBytes: MAX_BYTES,
    accessKeys: {
      async lookup(users) {
        lookups.push(users);
        if (failures.lookup) throw failures.lookup;
        return new Map([[bob, right.accessKey]]);
      },
    },
    limits: {
      async admitAnonymous(network, call) {
        calls.push(`${call} from ${network}`);
        if (failures.anonymous) throw failures.anonymous;
      },
      async admitRefusedKey(network) {
        calls.push(`refused key from ${network}`);
        if (failures.refusedKey) throw failures.refusedKey;
      },
      async admitSend(attempt) {
        if (failures.admit) throw failures.admit;
        admitted.push(attempt);
      },
      async releasePlace(attempt) {
        released.push(attempt);
      },
    },
    ingress: {
      async publish(record) {
        if (failures.publish) throw failures.publish;
        published.push(record);
      },
      async close() {},
    },
  });
  const send: SendMessage = (sender, sealed, options) =>
    sendMessage(sender, sealed, { paceAnonymous, ...options });
  return { send, published, admitted, released, lookups, calls, paced };
}

describe("sending a message", () => {
  it("publishes the envelope's bytes under the id that it returns", async () => {
    const { send, published, admitted, released } = open();
    const id = await send({ user: alice }, envelope);
    expect(published).toHaveLength(1);
    const message = fromIngressRecord(published[0] as IngressRecord, MAX_BYTES);
    expect(message).toEqual({ ...envelope, id, acceptedAt: NOW });
    expect(published[0]?.data).toBe(envelope.bytes);
    expect(admitted).toEqual([
      { sender: { user: alice }, recipient: bob, bytes: envelope.bytes.length, ephemeral: false },
    ]);
    expect(released).toEqual([]);
  });

  it("tells the topic nothing of the sender", async () => {
    const { send, published } = open();
    await send({ user: "the-secret-sender" as UserId }, envelope);
    expect(JSON.stringify(published[0]?.attributes)).not.toContain("secret-sender");
    expect(published[0]?.data.toString()).not.toContain("secret-sender");
  });

  it("derives the id from the key, the same for a retry", async () => {
    const { send, published } = open();
    const idempotencyKey = newMessageId(NOW - 1000);
    const first = await send({ user: alice }, envelope, { idempotencyKey });
    expect(await send({ user: alice }, envelope, { idempotencyKey })).toBe(first);
    expect(first).toBe(derivedMessageId({ user: alice }, envelope, idempotencyKey, NOW));
    expect(published.map(({ attributes }) => attributes.id)).toEqual([first, first]);
  });

  it("takes another envelope under the same key for another message", async () => {
    const { send, published } = open();
    const idempotencyKey = newMessageId(NOW - 1000);
    const other = sealEnvelope({ ...JSON.parse(envelope.bytes.toString()), encryptedData: "AAAA" });
    const ids = [
      await send({ user: alice }, envelope, { idempotencyKey }),
      await send({ user: alice }, other, { idempotencyKey }),
    ];
    expect(new Set(ids).size).toBe(2);
    expect(published.map(({ attributes }) => attributes.id)).toEqual(ids);
  });

  it("refuses a key that is none before it counts anything", async () => {
    const { send, published, admitted } = open();
    const sending = send({ user: alice }, envelope, { idempotencyKey: "abc" });
    await expect(sending).rejects.toMatchObject({ code: "invalid_idempotency_key" });
    expect([published, admitted]).toEqual([[], []]);
  });

  it("refuses an envelope over the limit before it counts anything, and takes one at the limit", async () => {
    const { send, published, admitted } = open();
    const bytes = (size: number) => ({ ...envelope, bytes: Buffer.alloc(size, 32) });
    await expect(send({ user: alice }, bytes(MAX_BYTES + 1))).rejects.toMatchObject({ code: "too_large" });
    expect([published, admitted]).toEqual([[], []]);
    await send({ user: alice }, bytes(MAX_BYTES));
    expect(published).toHaveLength(1);
  });

  it("publishes nothing for a sender over a limit", async () => {
    const { send, published } = open({ admit: new RateLimitedError(2000) });
    const ids: string[] = [];
    const sending = send({ user: alice }, envelope, { onId: (id) => ids.push(id) });
    await expect(sending).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 2000 });
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(published).toEqual([]);
  });

  it("returns no id for what may not be durable, and keeps no place for it in the recipient's queue", async () => {
    const { send, admitted, released } = open({ publish: new UnavailableError("pubsub") });
    await expect(send({ user: alice }, envelope)).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
    });
    expect(released).toEqual(admitted);
    expect(released).toHaveLength(1);
  });
});

describe("sending without saying who", () => {
  it("takes the recipient's access key, and looks it up once", async () => {
    const { send, published, admitted, lookups } = open();
    const ids = [await send(right, envelope), await send(right, envelope)];
    expect(published.map(({ attributes }) => attributes.id)).toEqual(ids);
    expect(admitted[0]).toEqual({
      ...{ sender: right, recipient: bob },
      ...{ bytes: envelope.bytes.length, ephemeral: false },
    });
    expect(lookups).toEqual([[bob]]);
  });

  it("publishes what it would for anybody", async () => {
    const { send, published } = open();
    const idempotencyKey = newMessageId(NOW - 1000);
    await send(right, envelope, { idempotencyKey });
    await send({ user: alice }, envelope, { idempotencyKey });
    const [unknown, known] = published.map(({ data, attributes: { id: _, ...others } }) => ({
      data,
      others,
    }));
    expect(unknown).toEqual(known);
    expect(JSON.stringify(published)).not.toMatch(/right|203/);
  });

  it("derives the id from the access key's hash", async () => {
    const { send } = open();
    const idempotencyKey = newMessageId(NOW - 1000);
    const first = await send(right, envelope, { idempotencyKey });
    expect(await send(right, envelope, { idempotencyKey })).toBe(first);
    expect(await send({ user: alice }, envelope, { idempotencyKey })).not.toBe(first);
  });

  it("refuses another key, counts it against its network alone, and publishes nothing", async () => {
    const { send, published, admitted, lookups, calls } = open();
    await expect(send(wrong, envelope)).rejects.toMatchObject({ code: "access_key_refused" });
    expect([published, admitted]).toEqual([[], []]);
    expect(lookups).toHaveLength(1);
    expect(calls).toEqual(["send from 203.0.113.0/24", "refused key from 203.0.113.0/24"]);
  });

  it("answers a network that tried too many keys as one over any limit", async () => {
    const { send } = open({ refusedKey: new RateLimitedError(2000) });
    await expect(send(wrong, envelope)).rejects.toMatchObject({ code: "rate_limited" });
    await send(right, envelope);
  });

  it("looks nothing up for a network over its limit", async () => {
    const { send, lookups, published, paced } = open({ anonymous: new RateLimitedError(2000) });
    await expect(send(right, envelope)).rejects.toMatchObject({ code: "rate_limited" });
    expect([lookups, published, paced]).toEqual([[], [], []]);
  });

  it("looks nothing up for what it would refuse from anybody", async () => {
    const { send, lookups, calls } = open();
    const large = { ...envelope, bytes: Buffer.alloc(MAX_BYTES + 1, 32) };
    await expect(send(wrong, large)).rejects.toMatchObject({ code: "too_large" });
    const sending = send(wrong, envelope, { idempotencyKey: "abc" });
    await expect(sending).rejects.toMatchObject({ code: "invalid_idempotency_key" });
    expect([lookups, calls]).toEqual([[], []]);
  });

  it("waits for all who do so once limits and key have passed, and is accepted then", async () => {
    const { send, published, paced } = open();
    await send({ user: alice }, envelope);
    await expect(send(wrong, envelope)).rejects.toMatchObject({ code: "access_key_refused" });
    expect(paced).toEqual([]);
    await send(right, envelope);
    expect(paced).toEqual([envelope.bytes.length]);
    const accepted = published.map((record) => fromIngressRecord(record, MAX_BYTES).acceptedAt);
    expect(accepted).toEqual([NOW, NOW + PACE_MS]);
  });

  it("publishes nothing while keys cannot be read", async () => {
    const { send, published } = open({ lookup: new UnavailableError("test") });
    await expect(send(right, envelope)).rejects.toMatchObject({ code: "unavailable" });
    expect(published).toEqual([]);
  });
});
