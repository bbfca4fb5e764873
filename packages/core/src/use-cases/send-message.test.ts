import { describe, expect, it } from "@jest/globals";
import { sealEnvelope } from "../model/envelope.ts";
import { RateLimitedError, UnavailableError } from "../model/errors.ts";
import { fromIngressRecord, type IngressRecord } from "../model/ingress-record.ts";
import { derivedMessageId, newMessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";
import type { SendAttempt } from "../ports/limits.ts";
import { createSendMessage } from "./send-message.ts";

const NOW = 1_722_076_441_163;
const MAX_BYTES = 500;
const [alice, bob] = ["alice", "bob"] as [UserId, UserId];
const envelope = sealEnvelope({
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
});

/** A topic and limits in memory, each of which may fail. */
function open(failures: { readonly publish?: Error; readonly admit?: Error } = {}) {
  const published: IngressRecord[] = [];
  const admitted: SendAttempt[] = [];
  const released: SendAttempt[] = [];
  const send = createSendMessage({
    clock: { now: () => NOW },
    maxEnvelopeBytes: MAX_BYTES,
    limits: {
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
  return { send, published, admitted, released };
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
    await send({ user: "the-secret-sender" as UserId }, envelope, { traceparent: "00-1-2-01" });
    expect(JSON.stringify(published[0]?.attributes)).not.toContain("secret-sender");
    expect(published[0]?.data.toString()).not.toContain("secret-sender");
    expect(published[0]?.attributes.traceparent).toBe("00-1-2-01");
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
