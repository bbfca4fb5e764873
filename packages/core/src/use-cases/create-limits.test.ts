import { expect, it } from "@jest/globals";
import { NO_LIMITS } from "../../contracts/samples.ts";
import { NO_ACCESS_KEY } from "../model/access-key.ts";
import type { Charge } from "../model/limits/charge.ts";
import type { NetworkPrefix, Sender } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";
import { createLimits } from "./create-limits.ts";

const NETWORK = "203.0.113.0/24" as NetworkPrefix;
const ALICE: Sender = { user: "alice" as UserId };
const NOBODY: Sender = { accessKey: NO_ACCESS_KEY, network: NETWORK };

/** Limits that admit everything, with what they took and hashed; each name to another hash each time, by default. */
function counted(hashOf?: (name: string) => string) {
  const hashed: string[] = [];
  const taken: (readonly Charge[])[] = [];
  const limits = createLimits(
    {
      async take(groups) {
        taken.push(...groups);
        return undefined;
      },
    },
    NO_LIMITS,
    hashOf ?? ((name) => `#${hashed.push(name)}`),
  );
  return { limits, hashed, taken };
}

function attempt(sender: Sender) {
  return { sender, recipient: "bob" as UserId, bytes: 100, ephemeral: false };
}

it("hashes as few names as there are, each once", async () => {
  const { limits, hashed } = counted();
  await limits.admitSend(attempt(ALICE));
  expect(hashed.splice(0)).toHaveLength(2);
  await limits.admitAnonymous(NETWORK, "send");
  await limits.admitSend(attempt(NOBODY));
  expect(hashed.splice(0)).toHaveLength(4);
  await limits.releasePlace(attempt(NOBODY));
  expect(hashed.splice(0)).toHaveLength(1);
  await limits.admitRefusedKey(NETWORK);
  expect(hashed.splice(0)).toHaveLength(1);
});

it("keeps the buckets of one group together, in one slot of a Redis Cluster", async () => {
  const { limits, taken } = counted();
  for (const sender of [ALICE, NOBODY]) await limits.admitSend(attempt(sender));
  const slots = taken.map((group) => new Set(group.map(({ key }) => /\{.*\}/.exec(key)?.[0])));
  // Those of the sender or the network, and those of the recipient; the queue's have the same.
  expect(slots.map((names) => names.size)).toEqual([1, 1, 1, 1]);
});

it("gives back to the buckets of the queue just what it took from them", async () => {
  const { limits, taken } = counted((name) => name);
  await limits.admitSend(attempt(NOBODY));
  const [, took = []] = taken.splice(0);
  await limits.releasePlace(attempt(NOBODY));
  const [gave = []] = taken;
  const ofQueue = took.filter(({ key }) => key.startsWith("queue:"));
  expect(ofQueue).toHaveLength(4);
  expect(gave.map(({ key, cost }) => [key, -cost])).toEqual(ofQueue.map(({ key, cost }) => [key, cost]));
});
