import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { type Server, startPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { freeze } from "@dumbwaiter/dev-env/servers/freeze";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openPubSub, type PubSub } from "./open-pubsub.ts";
import { provisionPubSub } from "./provision-pubsub.ts";

const RECORD = { data: Buffer.from("{}"), attributes: {} };

describe("while Pub/Sub is unavailable", () => {
  let emulator: Server;
  let pubsub: PubSub;
  const settings = () => ({ projectId, emulatorHost: emulator.url });
  const projectId = uniqueName();

  beforeAll(async () => {
    emulator = await startPubSubEmulator();
    await provisionPubSub(settings());
    pubsub = openPubSub(settings());
  }, 90_000);
  afterAll(async () => {
    await pubsub.close();
    await emulator.stop();
  });

  /** One of every call that publishes. */
  const publishAll = () => [
    pubsub.publisher.publish(RECORD),
    pubsub.deadLetters.put({ record: RECORD, code: "too_large", reason: "too large" }),
    pubsub.pushRequests.request([{ user: "bob", devices: [], messageId: "1", priority: 0 } as never]),
  ];

  async function expectUnavailable() {
    const start = performance.now();
    for (const outcome of await Promise.allSettled(publishAll())) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(UnavailableError) });
      expect(outcome).toMatchObject({ reason: { dependency: "pubsub" } });
    }
    expect(performance.now() - start).toBeLessThan(8_000);
    expect(pubsub.isUp()).toBe(false);
  }

  it("fails within seconds, and publishes and consumes again once it has recovered", async () => {
    let received = 0;
    const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
    await consumer.start((delivery) => {
      received += 1;
      delivery.ack();
    });
    try {
      await Promise.all(publishAll());
      await eventually(() => expect(received).toBe(1));
      await emulator.kill();
      await expectUnavailable();
      await emulator.restart();
      // The emulator keeps nothing over a restart.
      await provisionPubSub(settings());
      await Promise.all(publishAll());
      await eventually(() => expect(received).toBe(2));
      await eventually(() => expect(pubsub.isUp()).toBe(true));
    } finally {
      await consumer.close();
    }
  }, 90_000);

  it("fails within seconds when Pub/Sub hangs, and can still be closed", async () => {
    const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
    const held: unknown[] = [];
    await consumer.start((delivery) => held.push(delivery));
    try {
      await pubsub.publisher.publish(RECORD);
      await eventually(() => expect(held).toHaveLength(1));
      await freeze(emulator.pid);
      await expectUnavailable();
      await consumer.close();
    } finally {
      process.kill(emulator.pid, "SIGCONT");
      await consumer.close();
    }
  }, 90_000);
});
