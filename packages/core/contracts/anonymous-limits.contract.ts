import { expect, it } from "@jest/globals";
import {
  type AccessKeyHash,
  type AnonymousSender,
  createLimits,
  type LimitSettings,
  type Limits,
  type NetworkPrefix,
  parseAccessKey,
  RateLimitedError,
  type TokenBuckets,
  UNKNOWN_NETWORK,
  type UserId,
} from "../src/index.ts";
import { NO_LIMITS } from "./samples.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"] as readonly string[] as [UserId, UserId, UserId];
const [key, newKey] = [keyOf(1), keyOf(2)];
const [home, cafe] = ["203.0.113.0/24", "2001:db8:1::/48"] as readonly string[] as [
  NetworkPrefix,
  NetworkPrefix,
];

interface Subject {
  readonly buckets: TokenBuckets;
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The part of the limits' contract that is about senders whom nobody knows. */
export function anonymousLimitsContract(open: () => Promise<Subject>): void {
  const under =
    (settings: Partial<LimitSettings>, check: (limits: Limits, subject: Subject) => Promise<void>) =>
    async () => {
      const subject = await open();
      try {
        await check(createLimits(subject.buckets, { ...NO_LIMITS, ...settings }), subject);
      } finally {
        await subject.close();
      }
    };

  it(
    "let identified senders through, whatever bearers of the key send from however many networks",
    under({ recipientRatePerSecond: 0.08, recipientBurst: 80 }, async (limits) => {
      const flood = Array.from({ length: 200 }, (_, index) =>
        send(limits, bearer(key, networkNumber(index)), bob),
      );
      expect(await admitted(flood)).toBe(10);
      const senders = Array.from({ length: 7 }, (_, index) => `sender-${index}` as UserId);
      const identified = senders.flatMap((user) =>
        Array.from({ length: 10 }, () => send(limits, { user }, bob)),
      );
      expect(await admitted(identified)).toBe(70);
    }),
  );

  it(
    "let identified senders through, however many bytes bearers of the key send",
    under({ recipientBytesPerHour: 80 }, async (limits) => {
      const flood = Array.from({ length: 20 }, (_, index) =>
        send(limits, bearer(key, networkNumber(index)), bob, 2),
      );
      expect(await admitted(flood)).toBe(5);
      expect(await admitted(Array.from({ length: 6 }, () => send(limits, { user: alice }, bob, 10)))).toBe(6);
    }),
  );

  it(
    "leave room in a queue that bearers of the key have filled",
    under({ maxQueueMessages: 32 }, async (limits) => {
      const flood = () => send(limits, bearer(key, home), bob);
      for (let sent = 0; sent < 17 + 2; sent += 1) await flood();
      await expect(flood()).rejects.toMatchObject({ code: "queue_full" });
      await send(limits, { user: alice }, bob);
      await limits.releasePlace(attempt(bearer(key, home), bob));
      await flood();
      await send(limits, bearer(key, home), carol);
    }),
  );

  it(
    "give a new key a share of its own, whatever was sent with the old one",
    under({ recipientRatePerSecond: 0.08, recipientBurst: 80 }, async (limits) => {
      const networks = Array.from({ length: 8 }, (_, index) => networkNumber(index));
      await admitted(networks.flatMap((each) => [1, 2].map(() => send(limits, bearer(key, each), bob))));
      await expect(send(limits, bearer(key, home), bob)).rejects.toMatchObject({ code: "rate_limited" });
      await send(limits, bearer(newKey, home), bob);
    }),
  );

  it(
    "give one network a quarter of the key's share, and the unknown network all of it",
    under({ recipientRatePerSecond: 0.64, recipientBurst: 128 }, async (limits) => {
      const sends = (network: NetworkPrefix, to: UserId) =>
        admitted(Array.from({ length: 32 }, () => send(limits, bearer(key, network), to)));
      expect(await sends(home, bob)).toBe(4);
      expect(await sends(cafe, bob)).toBe(4);
      expect(await sends(home, carol)).toBe(4);
      expect(await sends(UNKNOWN_NETWORK, alice)).toBe(16);
      const { retryAfterMs } = await refusal(send(limits, bearer(key, home), bob));
      expect(retryAfterMs).toBeGreaterThan(40_000);
      expect(retryAfterMs).toBeLessThanOrEqual(50_000);
    }),
  );

  it(
    "count a network's bytes, to any recipient, with any key",
    under({ networkBytesPerHour: 3_600 }, async (limits) => {
      await send(limits, bearer(key, home), bob, 2_000);
      await send(limits, bearer(newKey, home), carol, 2_000);
      const { retryAfterMs } = await refusal(send(limits, bearer(key, home), alice));
      expect(retryAfterMs).toBeGreaterThan(300_000);
      await send(limits, bearer(key, cafe), bob);
      const unknown = Array.from({ length: 20 }, () =>
        send(limits, bearer(key, UNKNOWN_NETWORK), bob, 3_600),
      );
      const passed = await admitted(unknown);
      expect(passed).toBeGreaterThanOrEqual(16);
      // One token that came back meanwhile lets another one pass.
      expect(passed).toBeLessThanOrEqual(17);
      await send(limits, { user: alice }, bob);
    }),
  );

  it.each<[string, Partial<LimitSettings>, (limits: Limits, network: NetworkPrefix) => Promise<void>]>([
    [
      "sends",
      { networkSendRatePerSecond: 1, networkSendBurst: 3 },
      (limits, network) => limits.admitAnonymous(network, "send"),
    ],
    [
      "handshakes",
      { networkHandshakeRatePerSecond: 1, networkHandshakeBurst: 3 },
      (limits, network) => limits.admitAnonymous(network, "handshake"),
    ],
    [
      "refused keys",
      { refusedKeyRatePerSecond: 1, refusedKeyBurst: 3 },
      (limits, network) => limits.admitRefusedKey(network),
    ],
  ])("count the %s of each network by themselves", async (_name, settings, call) => {
    await under(settings, async (limits, subject) => {
      for (let called = 0; called < 3; called += 1) await call(limits, home);
      const { retryAfterMs } = await refusal(call(limits, home));
      expect(retryAfterMs).toBeLessThanOrEqual(1_000);
      await call(limits, cafe);
      await send(limits, bearer(key, home), bob);
      await limits.admitCall(alice, "handshake");
      await subject.advance(retryAfterMs);
      await call(limits, home);
    })();
  });

  it(
    "let the unknown network do 16 times as much",
    under(
      {
        ...{ networkSendRatePerSecond: 0.001, networkSendBurst: 1 },
        ...{ networkHandshakeRatePerSecond: 0.001, networkHandshakeBurst: 2 },
        ...{ refusedKeyRatePerSecond: 0.001, refusedKeyBurst: 3 },
      },
      async (limits) => {
        const calls = (call: () => Promise<void>) => admitted(Array.from({ length: 50 }, call));
        expect(await calls(() => limits.admitAnonymous(UNKNOWN_NETWORK, "send"))).toBe(16);
        expect(await calls(() => limits.admitAnonymous(UNKNOWN_NETWORK, "handshake"))).toBe(32);
        expect(await calls(() => limits.admitRefusedKey(UNKNOWN_NETWORK))).toBe(48);
      },
    ),
  );
}

function attempt(sender: AnonymousSender | { user: UserId }, recipient: UserId, bytes = 1) {
  return { sender, recipient, bytes, ephemeral: false };
}

function send(limits: Limits, ...given: Parameters<typeof attempt>): Promise<void> {
  return limits.admitSend(attempt(...given));
}

async function admitted(sends: readonly Promise<void>[]): Promise<number> {
  const results = await Promise.allSettled(sends);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(RateLimitedError);
  }
  return results.filter(({ status }) => status === "fulfilled").length;
}

async function refusal(call: Promise<void>): Promise<RateLimitedError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toMatchObject({ code: "rate_limited" });
  return error as RateLimitedError;
}

function bearer(accessKey: AccessKeyHash, network: NetworkPrefix): AnonymousSender {
  return { accessKey, network };
}

function networkNumber(index: number): NetworkPrefix {
  return `198.51.${index}.0/24` as NetworkPrefix;
}

function keyOf(byte: number): AccessKeyHash {
  return parseAccessKey(Buffer.alloc(32, byte).toString("base64")) as AccessKeyHash;
}
