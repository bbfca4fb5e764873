import { createLimits, type UserId } from "@dumbwaiter/core";
import { eventually, NO_LIMITS } from "@dumbwaiter/core/contracts";
import { type Server, startRedis } from "@dumbwaiter/dev-env/servers";
import { usageDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { device, devices } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { connectRedis, type RedisAdapters } from "../connect-redis.ts";
import { deliveryChannel } from "./delivery-channel.ts";

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
  expect(await usageDuring(work, "spublish", [server])).toEqual([{ calls: 20, reads: 1 }]);
});

it("takes the limits of all sends of one tick in one script call", async () => {
  const limits = createLimits(redis.tokenBuckets, {
    ...NO_LIMITS,
    sendRatePerSecond: 10,
    sendBurst: 10,
    senderBytesPerHour: 1e6,
    recipientBytesPerHour: 1e6,
  });
  const admit = (recipient: UserId) =>
    limits.admitSend({ sender: device("alice").user, recipient, bytes: 1, ephemeral: false });
  await admit(device("bob").user);
  const work = () => Promise.all(["bob", "carol", "dave"].map((user) => admit(device(user).user)));
  expect(await usageDuring(work, "evalsha", [server])).toEqual([{ calls: 1, reads: 1 }]);
});

it("keeps a sender in Redis only as a hash", async () => {
  const limits = createLimits(redis.tokenBuckets, {
    ...NO_LIMITS,
    sendRatePerSecond: 1,
    sendBurst: 10,
    senderBytesPerHour: 1e6,
    recipientBytesPerHour: 1e6,
  });
  await limits.admitSend({
    sender: device("whistleblower").user,
    recipient: device("bob").user,
    bytes: 100,
    ephemeral: false,
  });
  const reader = new Redis(server.port, "127.0.0.1");
  const keys = await reader.keys("*");
  const lifetimes = await Promise.all(keys.map((key) => reader.pttl(key)));
  reader.disconnect();
  expect(keys.length).toBeGreaterThan(2);
  expect(keys.join()).not.toContain("whistleblower");
  expect(lifetimes).not.toContain(-1); // the answer for a key that never expires
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
