import {
  createLimits,
  type LimitSettings,
  type Limits,
  type NetworkPrefix,
  NO_ACCESS_KEY,
  nameHash,
  nameKey,
  RateLimitedError,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser, NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { usageDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { connectRedis, type RedisAdapters } from "../connect-redis.ts";

let server: Server;
const open: RedisAdapters[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await Promise.all(open.map((redis) => redis.close()));
  await server?.stop();
});

/** The limits as so many processes see them. */
async function processes(count: number, settings: Partial<LimitSettings>): Promise<Limits[]> {
  const connect = { url: server.url, keyPrefix: `${uniqueName()}:`, limitsDeadlineMs: 30_000 };
  const adapters = await Promise.all(Array.from({ length: count }, () => connectRedis(connect)));
  open.push(...adapters);
  const key = nameKey();
  return adapters.map(({ tokenBuckets }) =>
    createLimits(tokenBuckets, { ...NO_LIMITS, ...settings }, nameHash(key)),
  );
}

const [alice, bob] = [freshUser(), freshUser()] as UserId[];

function send(limits: Limits): Promise<boolean> {
  const attempt = { sender: { user: alice as UserId }, recipient: bob as UserId, bytes: 1, ephemeral: false };
  return isAdmitted(limits.admitSend(attempt));
}

/** As the use case does before it sends. */
function sendAnonymously(limits: Limits): Promise<boolean> {
  const network = "203.0.113.0/24" as NetworkPrefix;
  const attempt = { sender: { accessKey: NO_ACCESS_KEY, network }, recipient: bob as UserId, bytes: 1 };
  return isAdmitted(
    limits.admitAnonymous(network, "send").then(() => limits.admitSend({ ...attempt, ephemeral: false })),
  );
}

function isAdmitted(call: Promise<void>): Promise<boolean> {
  return call.then(
    () => true,
    (error) => {
      if (error instanceof RateLimitedError) return false;
      throw error;
    },
  );
}

it("admits an eighth of the bucket more for each process that shares it, and no more", async () => {
  const all = await processes(3, { sendBurst: 80, sendRatePerSecond: 0.001 });
  let admitted = 0;
  for (let attempt = 0; attempt < 60; attempt += 1) {
    for (const limits of all) if (await send(limits)) admitted += 1;
  }
  expect(admitted).toBeGreaterThanOrEqual(80);
  expect(admitted).toBeLessThanOrEqual(80 + 3 * 10);
});

it("tells the others what a process took by itself", async () => {
  const [first, second] = (await processes(2, { sendBurst: 16, sendRatePerSecond: 0.001 })) as [
    Limits,
    Limits,
  ];
  const keys = () => withRedis(server.port, (redis) => redis.keys("*sender*"));
  const before = (await keys()).length;
  expect([await send(first), await send(first)]).toEqual([true, true]);
  await eventually(async () => expect((await keys()).length).toBeGreaterThan(before));
  let admitted = 0;
  while (await send(second)) admitted += 1;
  expect(admitted).toBe(14);
});

it("tells the others at its end what it took by itself", async () => {
  const [first, second] = (await processes(2, { sendBurst: 16, sendRatePerSecond: 0.001 })) as [
    Limits,
    Limits,
  ];
  expect([await send(first), await send(first)]).toEqual([true, true]);
  await open.splice(-2, 1)[0]?.close();
  let admitted = 0;
  while (await send(second)) admitted += 1;
  expect(admitted).toBe(14);
});

/** What three processes ask in this time if each asks so often, and one call more of each. */
const atMostEvery = (everyMs: number, elapsedMs: number) => 3 * (1 + elapsedMs / everyMs);

it("asks Redis for few of the sends that are far from a limit, and of those that are over it", async () => {
  const [far, ofRecipient] = (await processes(2, {})) as [Limits, Limits];
  const [over] = (await processes(1, { sendBurst: 8, sendRatePerSecond: 0.001 })) as [Limits];
  await send(far);
  while (await send(over));
  const startedAt = performance.now();
  const [usage] = await usageDuring(
    async () => {
      for (let sent = 0; sent < 500; sent += 1) {
        expect(await send(far)).toBe(true);
        await ofRecipient.admitAck(bob as UserId, 1);
        expect(await send(over)).toBe(false);
      }
    },
    "evalsha",
    [server],
  );
  expect(usage?.calls).toBeLessThan(20 + atMostEvery(100, performance.now() - startedAt));
});

it("asks Redis for few of the anonymous sends, of which many are over the share of an access key", async () => {
  const [far, ofRecipient] = (await processes(2, {})) as [Limits, Limits];
  const [over] = (await processes(1, { recipientBurst: 64, recipientRatePerSecond: 0.001 })) as [Limits];
  await sendAnonymously(far);
  while (await sendAnonymously(over));
  const startedAt = performance.now();
  const [usage] = await usageDuring(
    async () => {
      for (let sent = 0; sent < 500; sent += 1) {
        expect(await sendAnonymously(far)).toBe(true);
        await ofRecipient.admitAck(bob as UserId, 1);
        expect(await sendAnonymously(over)).toBe(false);
        await far.admitRefusedKey("198.51.100.0/24" as NetworkPrefix);
      }
    },
    "evalsha",
    [server],
  );
  expect(usage?.calls).toBeLessThan(20 + atMostEvery(100, performance.now() - startedAt));
});
