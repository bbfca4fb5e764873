import { createLimits, type UserId } from "@dumbwaiter/core";
import { eventually, NO_LIMITS } from "@dumbwaiter/core/contracts";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { type Server, startRedis } from "@dumbwaiter/dev-env/servers";
import { usageDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { device, devices, startRealtimeNode } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { connectRedis, type RedisAdapters } from "../connect-redis.ts";
import { RedisCommands } from "../connection/redis-commands.ts";
import { deliveryChannel, nodeChannel } from "./delivery-channel.ts";
import { RedisDeliveryBus } from "./redis-delivery-bus.ts";

const MIB = 1024 * 1024;

let server: Server;
let redis: RedisAdapters;

beforeAll(async () => {
  server = await startRedis();
  // No checks of its own, which would be counted.
  redis = await connectRedis({ url: server.url, keyPrefix: "bus:", checkIntervalMs: 600_000 });
});
afterAll(async () => {
  redis.close();
  await server.stop();
});

it("sends one SPUBLISH per device, all of a call in one pipeline", async () => {
  const work = () => redis.deliveryBus.deliver(devices(20).map(sampleDelivery));
  // The checks of a connection that has just opened, which are counted too, may not have ended yet.
  await eventually(async () =>
    expect(await usageDuring(work, "spublish", [server])).toEqual([{ calls: 20, reads: 1 }]),
  );
});

it("awaits each pipeline of some 1 MiB before the next, and a large ephemeral message by itself", async () => {
  const commands = new RedisCommands(parseRedisUrl(server.url), () => {});
  let [waiting, most] = [0, 0];
  const counting = overridden(commands, {
    async runEach(name, all, ended) {
      const packets = all.reduce((sum, [, packet]) => sum + String(packet).length, 0);
      waiting += packets;
      most = Math.max(most, waiting);
      await commands.runEach(name, all, ended);
      waiting -= packets;
    },
  });
  const bus = new RedisDeliveryBus(counting, "bus:", { onLost: () => {} });
  const deliver = (length: number, ephemeral = false) =>
    bus.deliver(
      devices(50).map((to) => ({ ...sampleDelivery(to), envelope: Buffer.alloc(length, 49), ephemeral })),
    );
  try {
    await eventually(() => commands.check());
    await deliver(60 * 1024);
    expect(most).toBeGreaterThan(MIB / 2);
    expect(most).toBeLessThanOrEqual(MIB);
    most = 0;
    await deliver(900 * 1024);
    expect(most).toBeLessThan(50 * 500);
    await deliver(900 * 1024, true);
    expect(most).toBeGreaterThan(900 * 1024);
    expect(most).toBeLessThan(901 * 1024);
  } finally {
    commands.close();
  }
});

it("carries a large message whole too while a node of the version before runs", async () => {
  const alice = device("alice");
  const large = { ...sampleDelivery(alice), envelope: Buffer.from(`{"a":"${"A".repeat(100_000)}"}`) };
  const node = await startRealtimeNode({ url: server.url, keyPrefix: "bus:" });
  // What a node of the version before subscribes to.
  const older = new Redis(server.port, "127.0.0.1");
  const heard: string[] = [];
  older.on("smessage", (_channel, message) => heard.push(message));
  try {
    await node.join(alice);
    const pokes: unknown[] = [];
    node.redis.subscriptions.onPoked((poke) => pokes.push(poke));
    expect(await redis.deliveryBus.deliver([large])).toEqual([1]);
    await older.ssubscribe(nodeChannel("bus:"), deliveryChannel("bus:", alice));
    expect(await redis.deliveryBus.deliver([large])).toEqual([2]);
    await eventually(() =>
      expect(heard.filter((text) => text.includes('"envelope":{"a":"A'))).toHaveLength(1),
    );
    await eventually(() => expect(pokes).toHaveLength(2));
    await older.sunsubscribe();
    heard.length = 0;
    await older.ssubscribe(deliveryChannel("bus:", alice));
    await redis.deliveryBus.deliver([large]);
    await redis.deliveryBus.deliver([sampleDelivery(alice)]);
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard[0]).toContain("poke");
  } finally {
    older.disconnect();
    await node.close();
  }
});

it("resyncs with nodes and processors of the version before, which know one value for all devices", async () => {
  const [alice, bob] = [device("alice"), device("bob")];
  const node = await startRealtimeNode({ url: server.url, keyPrefix: "bus:", checkIntervalMs: 100 });
  const reader = new Redis(server.port, "127.0.0.1");
  const value = () => reader.get("bus:dumbwaiter:resync");
  try {
    await node.join(alice, bob);
    await redis.deliveryBus.raiseResync([alice]);
    await eventually(() => expect(node.mayHaveMissed(alice)).toBe(true));
    expect(node.mayHaveMissed(bob)).toBe(false);
    // Their nodes heed any other value.
    const first = await value();
    await redis.deliveryBus.raiseResync([alice]);
    expect(await value()).not.toBe(first);
    // As their processors raise it.
    await reader.set("bus:dumbwaiter:resync", "a-value");
    await eventually(() => expect(node.mayHaveMissed(bob)).toBe(true));
  } finally {
    reader.disconnect();
    await node.close();
  }
});

it("takes the limits of all sends of one tick in one script call", async () => {
  const limits = createLimits(redis.tokenBuckets, {
    ...NO_LIMITS,
    sendRatePerSecond: 10,
    sendBurst: 7, // too few for a process to take some by itself
    senderBytesPerHour: 1e6,
    recipientBytesPerHour: 1e6,
  });
  const admit = (recipient: UserId) =>
    limits.admitSend({ sender: device("alice"), recipient, bytes: 1, ephemeral: false });
  await admit(device("bob").user);
  const work = () => Promise.all(["bob", "carol", "dave"].map((user) => admit(device(user).user)));
  expect(await usageDuring(work, "evalsha", [server])).toEqual([{ calls: 1, reads: 1 }]);
});

it("passes the envelope's bytes on as they are", async () => {
  const listener = new Redis(server.port, "127.0.0.1");
  const heard: string[] = [];
  listener.on("smessage", (_channel, message) => heard.push(message));
  const alice = device("alice");
  await listener.ssubscribe(deliveryChannel("bus:", alice));
  const text = '{"b" : 1.0,\n "a":"\\u00e9é😀","a":[1e2]}';
  await redis.deliveryBus.deliver([{ ...sampleDelivery(alice), envelope: Buffer.from(text) }]);
  await eventually(() => expect(heard).toHaveLength(1));
  listener.disconnect();
  expect(heard[0]).toContain(`"envelope":${text}}`);
});
