import { isClean, runChaosOnStack } from "@dumbwaiter/dev-env/chaos/chaos-on-stack";
import { sharedFirestoreEmulator, sharedPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import { expect, it } from "@jest/globals";

it("loses nothing while an api, a processor, a realtime node and Redis are killed and restarted", async () => {
  const progress: string[] = [];
  const report = await runChaosOnStack(
    {
      messages: 1_000,
      users: 20,
      devices: 1,
      maxBytes: 1_000,
      rounds: 1,
      seed: 1,
      say: (line) => progress.push(line),
    },
    { pubsub: await sharedPubSubEmulator(), firestore: await sharedFirestoreEmulator() },
  );
  expect(report).toMatchObject({ sent: 1_000, delivered: 1_000, lost: 0, stuck: 0, wrong: 0, refused: 0 });
  expect(isClean(report) ? [] : progress).toEqual([]);
}, 600_000);
