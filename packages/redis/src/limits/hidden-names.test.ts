import { createHash } from "node:crypto";
import {
  createLimits,
  type NameHash,
  type NetworkPrefix,
  nameHash,
  nameKey,
  parseAccessKey,
  type SendAttempt,
  type Sender,
  senderName,
  type UserId,
} from "@dumbwaiter/core";
import { NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { type Server, startRedis } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { connectRedis } from "../connect-redis.ts";

/** What is taken stays taken, and half of the queue is used at once, so that the shares of it count. */
const SETTINGS = {
  ...NO_LIMITS,
  ...{ sendRatePerSecond: 0.001, senderBytesPerHour: 10_000 },
  ...{ recipientRatePerSecond: 0.001, recipientBytesPerHour: 10_000 },
  ...{ networkSendRatePerSecond: 0.001, networkBytesPerHour: 10_000 },
  ...{ networkHandshakeRatePerSecond: 0.001, refusedKeyRatePerSecond: 0.001 },
  ...{ maxQueueMessages: 4, maxQueueBytes: 30 },
};

const BOB = "bob" as UserId;
const NETWORK = "203.0.113.0/24" as NetworkPrefix;
const ACCESS_KEY = Buffer.alloc(32, 7).toString("base64");
const IDENTIFIED: Sender = { user: "whistleblower" as UserId };
const ANONYMOUS: Sender = { accessKey: parseAccessKey(ACCESS_KEY) as never, network: NETWORK };

/** What must not be found, as it is or hashed without a key. */
const NAMES = ["whistleblower", "203.0.113.7", "203.0.113", NETWORK, ACCESS_KEY, ANONYMOUS.accessKey].flatMap(
  (name) => [name, `urn:sm:user:${name}`, `network:${name}`, `access-key:${name}`],
);

let server: Server;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server?.stop());

/** Everything in Redis after sends of each kind, by a process that hashes so. */
async function dumpAfterSends(hashOf?: NameHash): Promise<Map<string, string>> {
  await withRedis(server.port, (client) => client.flushall());
  const redis = await connectRedis({ url: server.url, limitsDeadlineMs: 30_000 });
  const limits = createLimits(redis.tokenBuckets, SETTINGS, hashOf);
  try {
    for (const sender of [IDENTIFIED, ANONYMOUS]) {
      const attempt: SendAttempt = { sender, recipient: BOB, bytes: 5, ephemeral: false };
      await limits.admitSend(attempt);
      await limits.admitSend(attempt);
      await limits.releasePlace(attempt);
    }
    await limits.admitAnonymous(NETWORK, "send");
    await limits.admitAnonymous(NETWORK, "handshake");
    await limits.admitRefusedKey(NETWORK);
  } finally {
    // Redis then has what the process took by itself.
    await redis.close();
  }
  return withRedis(server.port, async (client) => {
    const keys = await client.keys("*");
    const values = await Promise.all(keys.map(async (key) => (await client.dump(key)) ?? ""));
    const lifetimes = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(lifetimes).not.toContain(-1); // the answer for a key that never expires
    return new Map(keys.map((key, index) => [key, values[index] ?? ""]));
  });
}

/** The keys, without what is not of a sender or a network. */
function hashesIn(dump: Map<string, string>): Set<string> {
  return new Set([...dump.keys()].flatMap((key) => key.match(/[\w-]{22}/g) ?? []));
}

function hiddenBy(): NameHash {
  return nameHash(nameKey());
}

it("names a sender, a network or an access key neither as it is nor as a hash that anybody can make", async () => {
  const text = JSON.stringify([...(await dumpAfterSends())]).toLowerCase();
  expect(text).toContain("recipient:{bob}");
  for (const name of NAMES) {
    const digest = createHash("sha256").update(name).digest();
    const hashes = (["hex", "base64", "base64url"] as const).map((form) =>
      digest.toString(form).slice(0, 12),
    );
    const encoded = (["hex", "base64", "base64url"] as const).map((form) => Buffer.from(name).toString(form));
    for (const trace of [name, ...hashes, ...encoded]) expect(text).not.toContain(trace.toLowerCase());
  }
});

it("gives each installation, and each key in turn, hashes of its own", async () => {
  const one = hiddenBy();
  const first = hashesIn(await dumpAfterSends(one));
  // Of the sender, of the network, and beside the recipient of the sender, the access key and the network.
  expect(first.size).toBe(5);
  expect(first).toContain(one(senderName(IDENTIFIED)));
  const other = hashesIn(await dumpAfterSends(hiddenBy()));
  expect(other.size).toBe(5);
  expect(new Set([...first, ...other]).size).toBe(10);
  expect(hashesIn(await dumpAfterSends(one))).toEqual(first);
});
