import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startPullServer } from "../../testing/pull-server.ts";
import { openPubSub, type PubSub } from "./open-pubsub.ts";

const MAX = 20;

describe("leases of messages", () => {
  let server: Awaited<ReturnType<typeof startPullServer>>;
  let pubsub: PubSub;
  let held: IngressDelivery[];

  beforeEach(async () => {
    server = await startPullServer();
    pubsub = openPubSub({ projectId: "a-project", emulatorHost: server.emulatorHost });
    held = [];
    // Three messages fill it. This server, as Google's emulator does, heeds only their number, and leases all.
    const consumer = pubsub.consumer({ maxMessages: MAX, maxBytes: 5 });
    await consumer.start((delivery) => held.push(delivery));
    await eventually(() => expect(server.leased()).toBe(MAX));
    await eventually(() => expect(held).toHaveLength(3));
  });
  afterEach(async () => {
    await pubsub.close();
    server.close();
  });

  it("are extended until the messages are acked, whether they were handed out or wait", async () => {
    await eventually(() => expect(server.extended()).toBe(MAX));
    expect(held).toHaveLength(3);
    expect(server.acked()).toEqual([]);
  });

  it("end for good with an ack, and for another try with a nack", async () => {
    held[0]?.ack();
    await eventually(() => expect(held).toHaveLength(4));
    held[1]?.nack();
    await eventually(() => expect(held).toHaveLength(5));
    await eventually(() => expect(server.acked()).toHaveLength(1));
    held[1]?.ack();
    held[2]?.ack();
    await eventually(() => expect(server.acked()).toHaveLength(2));
    await pubsub.close();
    expect(server.acked()).toHaveLength(2);
  });
});
