import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startPullServer } from "../../testing/pull-server.ts";
import { openPubSub, type PubSub } from "./open-pubsub.ts";

const MAX = 1000;
const STREAMS = 5;
const SHARE = MAX / STREAMS;

describe("pull streams that Pub/Sub ends", () => {
  let server: Awaited<ReturnType<typeof startPullServer>>;
  let pubsub: PubSub;
  let held: IngressDelivery[];

  beforeEach(async () => {
    server = await startPullServer();
    pubsub = openPubSub({ projectId: "a-project", emulatorHost: server.emulatorHost });
    held = [];
    const consumer = pubsub.consumer({ maxMessages: MAX, maxBytes: 1e9, streams: STREAMS });
    await consumer.start((delivery) => held.push(delivery));
    await eventually(() => expect(held).toHaveLength(MAX));
  });
  afterEach(async () => {
    await pubsub.close();
    server.close();
  });

  const ack = (deliveries: number) => {
    for (const delivery of held.splice(0, deliveries)) delivery.ack();
  };
  const asked = () => server.opened.map(({ maxMessages }) => maxMessages);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const shares = (count: number) => Array(count).fill(SHARE);

  it("are not opened while nothing is left, and then for what is left", async () => {
    server.endStreams();
    ack(SHARE / 2 - 1);
    await eventually(() => expect(server.leased()).toBe(MAX - SHARE / 2 + 1));
    ack(1);
    await eventually(() => expect(held).toHaveLength(MAX));
    expect(asked()).toEqual([...shares(STREAMS), SHARE / 2]);
    ack(MAX);
    await eventually(() => expect(asked().slice(STREAMS + 1)).toEqual(shares(STREAMS - 1)));
    expect(server.peak()).toBe(MAX);
  });

  it("never make more leases than are allowed", async () => {
    for (let round = 1; round <= 7; round += 1) {
      server.endStreams();
      ack(MAX);
      await eventually(() => expect(server.opened).toHaveLength((round + 1) * STREAMS));
      await eventually(() => expect(held).toHaveLength(sum(asked().slice(-STREAMS))));
      expect(held.length).toBeGreaterThanOrEqual(MAX - SHARE / 2);
    }
    expect(server.peak()).toBe(MAX);
  });

  it("keep their client IDs, and are routed by the subscription", async () => {
    server.endStreams();
    ack(MAX);
    await eventually(() => expect(server.opened).toHaveLength(2 * STREAMS));
    const ids = server.opened.map(({ clientId }) => clientId);
    expect(new Set(ids.slice(0, STREAMS)).size).toBe(STREAMS);
    expect(ids.slice(STREAMS).sort()).toEqual(ids.slice(0, STREAMS).sort());
    expect(new Set(server.opened.map(({ params }) => params))).toEqual(
      new Set(["subscription=projects%2Fa-project%2Fsubscriptions%2Fdumbwaiter-processor"]),
    );
  });
});
