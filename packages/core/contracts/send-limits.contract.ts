import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  parseSubject,
  RateLimitedError,
  type SendAttempt,
  type SendLimitSettings,
  type SendLimits,
  type UserId,
} from "../src/index.ts";

interface SendLimitsUnderTest {
  readonly limits: SendLimits;
  /** Lets time pass for the limits, really or on their clock. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const alice = user("alice");
const mallory = user("mallory");
const bob = user("bob");
const carol = user("carol");
const dave = user("dave");

/** No limit that matters; each test sets its own. */
const ROOMY: SendLimitSettings = {
  ratePerSecond: 1000,
  burst: 1000,
  senderBytesPerHour: 1e9,
  recipientBytesPerHour: 1e9,
};
const ONE_BYTE_PER_SECOND = 3600;

/** The contract of every adapter of {@link SendLimits}. `open` begins with full buckets. */
export function sendLimitsContract(
  name: string,
  open: (settings: SendLimitSettings) => Promise<SendLimitsUnderTest>,
): void {
  describe(`SendLimits: ${name}`, () => {
    let subject: SendLimitsUnderTest;

    const given = (settings: Partial<SendLimitSettings>) => {
      beforeEach(async () => {
        subject = await open({ ...ROOMY, ...settings });
      });
      afterEach(() => subject.close());
    };
    const admit = (sender: UserId, recipient: UserId, bytes = 1) =>
      subject.limits.admit({ sender, recipient, bytes });
    const refusal = (sender: UserId, recipient: UserId, bytes = 1) =>
      refusedBy(subject.limits, { sender, recipient, bytes });

    describe("messages of a sender", () => {
      given({ ratePerSecond: 1, burst: 3 });

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
      given({ burst: 4, ratePerSecond: 0.001, senderBytesPerHour: 10_000, recipientBytesPerHour: 3600 });

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
  });
}

async function refusedBy(limits: SendLimits, attempt: SendAttempt): Promise<RateLimitedError> {
  const error: unknown = await limits.admit(attempt).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(RateLimitedError);
  return error as RateLimitedError;
}

function user(id: string): UserId {
  return parseSubject(id) as UserId;
}
