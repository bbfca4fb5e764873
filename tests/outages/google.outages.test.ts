import { setTimeout as sleep } from "node:timers/promises";
import { SOME_FAULTS } from "@dumbwaiter/dev-env/google/google-faults";
import { type GoogleStandIn, startGoogleStandIn } from "@dumbwaiter/dev-env/google/google-stand-in";
import { sharedFirestoreEmulator, sharedPubSubEmulator, sharedRedis } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { strikeUnderTraffic } from "./strike-under-traffic.ts";

const PHASE_MS = 20_000;
const TIMEOUT_MS = 180_000;

let google: GoogleStandIn;
let link: FaultyLink;
let stack: Stack;
const deaths: string[] = [];

beforeAll(async () => {
  const [redis, pubsub, firestore] = await Promise.all([
    sharedRedis(),
    sharedPubSubEmulator(),
    sharedFirestoreEmulator(),
  ]);
  google = await startGoogleStandIn({ pubsub, firestore, faults: SOME_FAULTS });
  link = await startFaultyLink(google.port);
  stack = await startStack({
    ...{ redis, pubsub, firestore, processor: 2, realtime: 2 },
    env: {
      ...{ ...google.env(), FIRESTORE_DATABASE: "dumbwaiter" },
      FIRESTORE_ENDPOINT: `localhost:${link.port}`,
    },
    onDeath: (report) => deaths.push(report),
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await stack?.stop();
  await link?.close();
  await google?.close();
}, TIMEOUT_MS);

it(
  "loses nothing while Google refuses calls, loses answers and ends streams, and Firestore denies access, resets connections and falls silent",
  async () => {
    await strikeUnderTraffic({
      ...{ name: "Google", stack, deaths },
      async strike() {
        google.deny(["Commit", "BatchWrite"]);
        await sleep(PHASE_MS);
        google.deny([]);
        link.drop();
        await sleep(PHASE_MS);
        link.hold();
        await sleep(PHASE_MS);
        link.mend();
      },
    });
    expect(Math.min(...Object.values(google.counts))).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
