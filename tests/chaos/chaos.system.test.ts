import { isClean, runChaosOnStack } from "@dumbwaiter/dev-env/chaos/chaos-on-stack";
import { sharedFirestoreEmulator, sharedPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import { describe, expect, it } from "@jest/globals";

describe("while an api, a processor, a realtime node and Redis are killed and restarted", () => {
  it.each([
    ["of many messages", { messages: 1_000, users: 20, devices: 1, maxBytes: 1_000 }],
    [
      "of the largest envelopes to several devices",
      { messages: 60, users: 6, devices: 5, maxBytes: 262_144 },
    ],
  ])(
    "nothing is lost %s, and no process exceeds the memory of its pod",
    async (_, load) => {
      const progress: string[] = [];
      const report = await runChaosOnStack(
        { ...load, rounds: 1, seed: 1, say: (line) => progress.push(line) },
        { pubsub: await sharedPubSubEmulator(), firestore: await sharedFirestoreEmulator() },
      );
      const copies = load.messages * load.devices;
      expect(report).toMatchObject({
        sent: copies,
        delivered: copies,
        lost: 0,
        stuck: 0,
        wrong: 0,
        refused: 0,
      });
      expect(isClean(report) ? [] : progress).toEqual([]);
    },
    600_000,
  );
});
