import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  createLimits,
  type LimitSettings,
  type Limits,
  parseSubject,
  RateLimitedError,
  type TokenBuckets,
  type UserId,
} from "../src/index.ts";
import { anonymousLimitsContract } from "./anonymous-limits.contract.ts";
import { AWKWARD_USERS, NO_LIMITS } from "./samples.ts";

interface TokenBucketsUnderTest {
  readonly buckets: TokenBuckets;
  /** Lets time pass for the limits, really or on their clock. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const alice = user("alice");
const mallory = user("mallory");
const bob = user("bob");
const carol = user("carol");
const dave = user("dave");

const ONE_BYTE_PER_SECOND = 3600;

/**
 * The contract of every adapter of {@link TokenBuckets}, through the limits that are counted in them. `open` begins
 * with full buckets.
 */
export function limitsContract(name: string, open: () => Promise<TokenBucketsUnderTest>): void {
  describe(`limits: ${name}`, () => {
    let subject: TokenBucketsUnderTest;
    let limits: Limits;

    const given = (settings: Partial<LimitSettings>) => {
      beforeEach(async () => {
        subject = await open();
        limits = createLimits(subject.buckets, { ...NO_LIMITS, ...settings });
      });
      afterEach(() => subject.close());
    };
    const admit = (sender: UserId, recipient: UserId, bytes = 1, ephemeral = false) =>
      limits.admitSend({ sender: { user: sender }, recipient, bytes, ephemeral });
    const refusal = (...attempt: Parameters<typeof admit>) => refused(admit(...attempt), "rate_limited");

    describe("messages of a sender", () => {
      given({ sendRatePerSecond: 1, sendBurst: 3 });

      it("admits the burst, then refuses and says after which time the next passes", async () => {
        for (let sent = 0; sent < 3; sent += 1) await admit(alice, bob);
        const { retryAfterMs } = await refusal(alice, bob);
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual(1000);
        await subject.advance(retryAfterMs);
        await admit(alice, bob);
        await refusal(alice, bob);
      });

      it("counts attempts that come at once", async () => {
        const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => admit(alice, bob)));
        expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
      });

      it("counts each sender separately, for any recipient", async () => {
        for (const recipient of [bob, carol, bob]) await admit(mallory, recipient);
        await refusal(mallory, carol);
        await admit(alice, bob);
      });
    });

    describe("users with awkward ids", () => {
      given({ sendRatePerSecond: 0.001, sendBurst: 1, recipientBytesPerHour: 1 });

      it("are counted separately, as senders and as recipients", async () => {
        for (const each of AWKWARD_USERS) await admit(each, each);
        for (const each of AWKWARD_USERS) await refusal(each, alice);
        await admit(alice, bob);
        for (const [index, each] of AWKWARD_USERS.entries()) await refusal(user(`sender-${index}`), each);
      });
    });

    describe("bytes of a sender", () => {
      given({ senderBytesPerHour: ONE_BYTE_PER_SECOND });

      it("refuses a sender who has used them up, and no other", async () => {
        await admit(mallory, bob, 2000);
        await admit(mallory, carol, 2000);
        const { retryAfterMs } = await refusal(mallory, bob);
        expect(retryAfterMs).toBeGreaterThan(300_000);
        expect(retryAfterMs).toBeLessThanOrEqual(401_000);
        await admit(alice, bob);
      });

      it("lets an envelope larger than the bucket pass, for a whole bucket", async () => {
        await admit(alice, bob, 10 * ONE_BYTE_PER_SECOND);
        const { retryAfterMs } = await refusal(alice, bob, 10 * ONE_BYTE_PER_SECOND);
        expect(retryAfterMs).toBeLessThanOrEqual(1000);
        await subject.advance(retryAfterMs);
        await admit(alice, bob, 10 * ONE_BYTE_PER_SECOND);
      });

      it("lets a large envelope pass where a small one would", async () => {
        await admit(alice, bob, ONE_BYTE_PER_SECOND - 100);
        await admit(alice, bob, 1000);
        await refusal(alice, bob, 1);
      });
    });

    describe("bytes of a recipient", () => {
      given({
        sendBurst: 4,
        sendRatePerSecond: 0.001,
        senderBytesPerHour: 10_000,
        recipientBytesPerHour: 3600,
      });

      it("refuses all senders while they are used up, for this recipient alone", async () => {
        await admit(mallory, bob, 5000);
        await refusal(mallory, bob);
        const { retryAfterMs } = await refusal(alice, bob);
        expect(retryAfterMs).toBeLessThanOrEqual(1000);
        await admit(alice, carol);
        await subject.advance(retryAfterMs);
        await admit(alice, bob);
      });

      it("takes nothing from the sender when the recipient's are used up", async () => {
        await admit(mallory, bob, 2000);
        await admit(mallory, bob, 3600);
        for (let sent = 0; sent < 10; sent += 1) await refusal(alice, bob, 9000);
        await admit(alice, carol, 9000);
        await admit(alice, dave, 1);
      });

      it("takes nothing from the recipient when the sender is over a limit", async () => {
        for (const recipient of [carol, carol, carol, carol]) await admit(mallory, recipient, 1);
        for (let sent = 0; sent < 10; sent += 1) await refusal(mallory, bob, 3600);
        await admit(alice, bob, 3600);
      });
    });

    describe("messages of a recipient", () => {
      given({ recipientRatePerSecond: 8, recipientBurst: 16 });

      it("gives each sender an eighth of them", async () => {
        for (let sent = 0; sent < 2; sent += 1) await admit(mallory, bob);
        const { retryAfterMs } = await refusal(mallory, bob);
        expect(retryAfterMs).toBeLessThanOrEqual(1000);
        await admit(mallory, carol);
        await admit(alice, bob);
        await subject.advance(retryAfterMs);
        await admit(mallory, bob, 1, true);
      });
    });

    describe("messages of a recipient that are used up", () => {
      given({ recipientRatePerSecond: 1, recipientBurst: 16 });

      it("refuses all senders, for this recipient alone", async () => {
        const senders = Array.from({ length: 8 }, (_, index) => user(`sender-${index}`));
        await Promise.all(senders.flatMap((each) => [admit(each, bob), admit(each, bob)]));
        const { retryAfterMs } = await refusal(alice, bob);
        expect(retryAfterMs).toBeLessThanOrEqual(1000);
        await admit(alice, carol);
        await subject.advance(retryAfterMs);
        await admit(alice, bob);
      });
    });

    describe("a queue's messages", () => {
      given({ maxQueueMessages: 32 });
      const full = (...attempt: Parameters<typeof admit>) => refused(admit(...attempt), "queue_full");
      const others = Array.from({ length: 16 }, (_, index) => user(`sender-${index}`));

      it("leaves half of it and a sixteenth to one sender, and room for others", async () => {
        for (let sent = 0; sent < 17 + 2; sent += 1) await admit(mallory, bob);
        const { retryAfterMs } = await full(mallory, bob);
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual(60_000);
        await admit(mallory, carol);
        for (const each of others.slice(0, 13)) await admit(each, bob);
        await full(alice, bob);
      });

      it("takes ephemeral messages while it is full, which need no place", async () => {
        for (let sent = 0; sent < 19; sent += 1) await admit(mallory, bob);
        await full(mallory, bob);
        await admit(mallory, bob, 1, true);
      });

      it("is free again for what is acknowledged, and no more", async () => {
        await limits.admitAck(bob, 20);
        for (let sent = 0; sent < 19; sent += 1) await admit(mallory, bob);
        await full(mallory, bob);
        await limits.admitAck(bob, 5);
        for (let sent = 0; sent < 3; sent += 1) await admit(mallory, bob);
        await full(mallory, bob);
        await admit(alice, bob);
      });

      it("is free again for what was not accepted", async () => {
        const attempt = { sender: { user: mallory }, recipient: bob, bytes: 1, ephemeral: false };
        for (let tried = 0; tried < 100; tried += 1) {
          await limits.admitSend(attempt);
          await limits.releasePlace(attempt);
        }
        for (let sent = 0; sent < 19; sent += 1) await admit(mallory, bob);
        await limits.releasePlace({ ...attempt, ephemeral: true });
        await full(mallory, bob);
      });

      it("is free again once it has been emptied", async () => {
        for (const each of [alice, carol, dave, ...others]) {
          await Promise.allSettled([admit(each, bob), admit(each, bob)]);
        }
        await full(user("sender"), bob);
        await limits.releaseQueue(bob);
        for (let sent = 0; sent < 19; sent += 1) await admit(mallory, bob);
        await full(mallory, bob);
      });

      it("counts what is sent at once", async () => {
        const attempts = Array.from({ length: 8 }, () => others.map((each) => admit(each, bob)));
        const results = await Promise.allSettled(attempts.flat());
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(32);
      });
    });

    describe("a queue's bytes", () => {
      given({ maxQueueBytes: 32_000, messageTtlMs: 86_400_000 });
      const full = (...attempt: Parameters<typeof admit>) => refused(admit(...attempt), "queue_full");

      it("leave half of them and a sixteenth to one sender, and come back with the messages", async () => {
        for (let sent = 0; sent < 4; sent += 1) await admit(mallory, bob, 4_100);
        await admit(mallory, bob, 2_000);
        await full(mallory, bob);
        for (const each of [alice, carol, dave]) await admit(each, bob, 4_000);
        await admit(user("sender"), bob, 4_000);
        await full(user("another"), bob);
        await limits.admitAck(bob, 9);
        for (let sent = 0; sent < 4; sent += 1) await admit(mallory, bob, 4_000);
        await limits.releaseQueue(bob);
        for (const each of [alice, carol, dave, user("yet another")]) await admit(each, bob, 7_900);
      });
    });

    describe("calls of a user", () => {
      given({
        ...{ pullRatePerSecond: 1, pullBurst: 2, deviceRatePerSecond: 1, deviceBurst: 3 },
        ...{ handshakeRatePerSecond: 1, handshakeBurst: 4, ackRatePerSecond: 1, ackBurst: 5 },
      });

      it.each([["pull", 2] as const, ["device", 3] as const, ["handshake", 4] as const])(
        "of the kind %s have a burst of %d of their own",
        async (call, burst) => {
          for (let called = 0; called < burst; called += 1) await limits.admitCall(alice, call);
          const { retryAfterMs } = await refused(limits.admitCall(alice, call), "rate_limited");
          expect(retryAfterMs).toBeLessThanOrEqual(1000);
          await limits.admitCall(bob, call);
          await limits.admitAck(alice, 1);
          await subject.advance(retryAfterMs);
          await limits.admitCall(alice, call);
        },
      );

      it("count an ack for its messages, and an empty one for one", async () => {
        await limits.admitAck(alice, 4);
        await limits.admitAck(alice, 0);
        await refused(limits.admitAck(alice, 1), "rate_limited");
        await limits.admitAck(bob, 500);
      });
    });

    describe("without a sender", () => anonymousLimitsContract(open));
  });
}

async function refused(attempt: Promise<void>, code: string): Promise<RateLimitedError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(RateLimitedError);
  expect(error).toMatchObject({ code });
  return error as RateLimitedError;
}

function user(id: string): UserId {
  return parseSubject(id) as UserId;
}
