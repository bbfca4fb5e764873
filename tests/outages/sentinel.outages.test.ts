import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts";
import {
  type RedisWithSentinels,
  type Server,
  sharedFirestoreEmulator,
  sharedPubSubEmulator,
  startRedisWithSentinels,
} from "@dumbwaiter/dev-env/servers";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { strikeUnderTraffic } from "./strike-under-traffic.ts";

/** How long nobody can decide on a new master. After ten times `down-after-milliseconds`, a replica counts as too old. */
const LEADERLESS_MS = 10_000;
const TIMEOUT_MS = 180_000;

let redis: RedisWithSentinels;
let stack: Stack;
const deaths: string[] = [];

beforeAll(async () => {
  const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
  redis = await startRedisWithSentinels();
  stack = await startStack({
    ...{ processor: 2, realtime: 2, pubsub, firestore },
    redis: { ...redis.nodes[0], url: redis.url },
    onDeath: (report) => deaths.push(report),
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await stack?.stop();
  await redis?.stop();
}, TIMEOUT_MS);

it(
  "a failover of Redis by its Sentinels loses nothing, and is caught up within 30 s after it",
  async () => {
    const [old, next] = redis.nodes;
    const others = redis.sentinels.slice(1);
    const strike = async () => {
      // The first Sentinel alone names the old master, and cannot replace it.
      await Promise.all(others.map((each) => each.kill()));
      await old.kill();
      await sleep(LEADERLESS_MS);
      await Promise.all(others.map((each) => each.restart()));
      await eventually(async () => expect((await redis.master()).name).toBe(next.name), 60_000);
    };
    await strikeUnderTraffic({ name: "Redis with Sentinels, failed over", stack, deaths, strike });
    await comeBack(old, next);
  },
  TIMEOUT_MS,
);

async function comeBack(old: Server, next: Server): Promise<void> {
  await old.restart();
  await redis.untilMasterIs(next);
}
