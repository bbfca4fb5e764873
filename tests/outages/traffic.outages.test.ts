import { setTimeout as sleep } from "node:timers/promises";
import {
  LOOPBACK,
  type Server,
  sharedFirestoreEmulator,
  sharedPubSubEmulator,
  startRedis,
} from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { strikeUnderTraffic } from "./strike-under-traffic.ts";

const OUTAGE_MS = 60_000;
const TIMEOUT_MS = 180_000;

interface Fault {
  /** Resolves when it is over. */
  strike(): Promise<void>;
}

describe("an outage of 60 s under traffic loses nothing and is caught up within 30 s", () => {
  let stack: Stack;
  let redis: Server;
  let firestoreLink: FaultyLink;
  let processorsRedisLink: FaultyLink;
  const deaths: string[] = [];

  beforeAll(async () => {
    const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
    redis = await startRedis();
    firestoreLink = await startFaultyLink(firestore.port);
    processorsRedisLink = await startFaultyLink(redis.port);
    const { port } = firestoreLink;
    stack = await startStack({
      ...{ processor: 2, realtime: 2, redis, pubsub },
      firestore: { ...firestore, port, url: `${LOOPBACK}:${port}` },
      processorEnv: { REDIS_URL: `redis://${LOOPBACK}:${processorsRedisLink.port}` },
      onDeath: (report) => deaths.push(report),
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stack?.stop();
    await Promise.all([firestoreLink?.close(), processorsRedisLink?.close(), redis?.stop()]);
  }, TIMEOUT_MS);

  const faults: [name: string, Fault][] = [
    [
      "Redis, killed",
      {
        async strike() {
          await redis.kill();
          await sleep(OUTAGE_MS);
          await redis.restart();
        },
      },
    ],
    [
      "Redis for the processors only: connections dropped",
      {
        async strike() {
          processorsRedisLink.drop();
          await sleep(OUTAGE_MS);
          processorsRedisLink.mend();
        },
      },
    ],
    [
      "Redis for the processors only: connections half-open",
      {
        async strike() {
          processorsRedisLink.hold();
          await sleep(OUTAGE_MS);
          processorsRedisLink.mend();
        },
      },
    ],
    // Last, because a cold emulator would take longer to store a minute of messages at once.
    [
      "Firestore: connections refused, then silent",
      {
        async strike() {
          firestoreLink.drop();
          await sleep(OUTAGE_MS / 2);
          firestoreLink.hold();
          await sleep(OUTAGE_MS / 2);
          firestoreLink.mend();
        },
      },
    ],
  ];

  it.each(faults)(
    "%s",
    (name, { strike }) => strikeUnderTraffic({ name, stack, deaths, strike }),
    TIMEOUT_MS,
  );
});
