import { deviceRoom } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { sharedRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import type { Packet } from "socket.io-parser";
import * as parser from "socket.io-parser";
import { device, type RealtimeNode, startRealtimeNode } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { deliveryChannel, pokePacket } from "./delivery-channel.ts";

/*
 * The bus speaks the sharded adapter's own format, which no document of Socket.IO fixes. These tests fail when a new
 * version of the adapter changes it.
 */
const keyPrefix = `${uniqueName()}:`;
const alice = device("alice");
const encoded: (Packet & Record<string, unknown>)[] = [];
let nodes: RealtimeNode[];
let listener: Redis;
let heard: unknown[];

class RecordingEncoder extends parser.Encoder {
  override encode(packet: Packet) {
    encoded.push({ ...packet });
    return super.encode(packet);
  }
}

beforeAll(async () => {
  const { url } = await sharedRedis();
  const options = { parser: { ...parser, Encoder: RecordingEncoder } };
  nodes = await Promise.all([0, 1].map(() => startRealtimeNode({ url, keyPrefix }, options)));
  await Promise.all(nodes.map((node) => node.join(alice)));
  listener = new Redis(url);
  heard = [];
  listener.on("smessage", (_channel, message) => heard.push(JSON.parse(message)));
  await listener.ssubscribe(deliveryChannel(keyPrefix, alice));
});

afterAll(async () => {
  listener.disconnect();
  for (const node of nodes) await node.close();
});

const [first, second] = [() => nodes[0] as RealtimeNode, () => nodes[1] as RealtimeNode];

/** What the listener hears next on the channel of the device's room. */
async function nextHeard(): Promise<{ data: { packet: object } }> {
  const heardBefore = heard.length;
  return await eventually(() => {
    expect(heard.length).toBeGreaterThan(heardBefore);
    return heard[heardBefore] as { data: { packet: object } };
  });
}

it("publishes a message just as a Socket.IO server would, on the same channel", async () => {
  const delivery = sampleDelivery(alice);
  const message = { id: delivery.id, envelope: JSON.parse(delivery.envelope.toString()) };

  let next = nextHeard();
  first().server.to(deviceRoom(alice)).emit("message", message);
  const theirs = await next;
  next = nextHeard();
  expect(await first().redis.deliveryBus.deliver([delivery])).toEqual([3]);
  const ours = await next;

  expect(theirs).toMatchObject({ uid: expect.stringMatching(/^[0-9a-f]{16}$/) });
  const { acceptedAt } = delivery;
  expect(ours).toEqual({
    ...theirs,
    uid: "dumbwaiter",
    data: { ...theirs.data, packet: { ...theirs.data.packet, acceptedAt } },
  });
});

it("publishes a removal just as a Socket.IO server would", async () => {
  let next = nextHeard();
  first().server.to(deviceRoom(alice)).emit("closing", { code: "device_removed", retryable: false });
  const theirs = await next;
  next = nextHeard();
  await first().redis.deliveryBus.closeDevices([alice]);
  expect(await next).toEqual({ ...theirs, uid: "dumbwaiter" });
});

it("hands the receiving server the packet with its metadata", async () => {
  encoded.length = 0;
  const delivery = sampleDelivery(alice);
  await first().redis.deliveryBus.deliver([delivery]);
  await eventually(() => expect(encoded).toHaveLength(2));
  for (const packet of encoded) {
    expect(packet).toMatchObject({ type: 2, nsp: "/", acceptedAt: delivery.acceptedAt });
    expect(packet.data).toEqual(["message", expect.objectContaining({ id: delivery.id })]);
  }
});

it("drops a poke, as a node of the version before does, and stays connected", async () => {
  encoded.length = 0;
  const adapter = second().server.of("/").adapter as unknown as {
    onRawMessage(message: Buffer, channel: Buffer): void;
  };
  const { envelope: _, ...poke } = sampleDelivery(alice);
  for (const packet of [pokePacket(poke), "{}"]) {
    adapter.onRawMessage(Buffer.from(packet), Buffer.from(deliveryChannel(keyPrefix, alice)));
  }
  await first().redis.deliveryBus.deliver([sampleDelivery(alice)]);
  await eventually(() => expect(encoded.map(({ data }) => data[0])).toEqual(["message", "message"]));
});

it("passes a server's own emit to the other servers", async () => {
  encoded.length = 0;
  second().server.to(deviceRoom(alice)).emit("hello");
  await eventually(() => expect(encoded.map(({ data }) => data)).toEqual([["hello"], ["hello"]]));
});

it("refuses to ask all servers at once", async () => {
  await expect(first().server.fetchSockets()).rejects.toThrow("not supported");
});
