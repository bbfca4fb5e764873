import { type DeviceAddress, PartlyDeliveredError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { type RedisCluster, type Server, startRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { usageDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { moveSlots, ownedSlots, slotOf } from "../../testing/cluster-slots.ts";
import { devices, type RealtimeNode, startRealtimeNode } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { connectRedis, type RedisAdapters } from "../connect-redis.ts";
import { deliveryChannel } from "../delivery/delivery-channel.ts";
import { heartbeatsKey } from "../delivery/heartbeats.ts";

const all = devices(1_000);
const everyone = all.map(() => 1);
let cluster: RedisCluster;
let keyPrefix: string;
let node: RealtimeNode;
let processor: RedisAdapters;

beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  keyPrefix = `${uniqueName()}:`;
  node = await startRealtimeNode({ url: cluster.url, keyPrefix });
  processor = await connectRedis({ url: cluster.url, keyPrefix, checkIntervalMs: 60_000 });
  await node.join(...all);
});
afterEach(async () => {
  processor.close();
  await node.close();
  // A slot that holds a key cannot be given away.
  for (const { port } of cluster.nodes) await withRedis(port, (redis) => redis.flushall());
});

const nodeAt = (index: number) => cluster.nodes[index] as Server;
const slot = (address: DeviceAddress) => slotOf(deliveryChannel(keyPrefix, address));
/** How many times the nodes were asked who owns which slots. */
async function lookups(): Promise<number> {
  const stats = cluster.nodes.map(({ port }) => withRedis(port, (redis) => redis.info("commandstats")));
  const calls = (text: string) => Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(text)?.[1] ?? 0);
  return (await Promise.all(stats)).reduce((sum, text) => sum + calls(text), 0);
}
const deliverToAll = () => processor.deliveryBus.deliver(all.map(sampleDelivery));

it("sends one SPUBLISH per device, in one pipeline per node", async () => {
  expect(await deliverToAll()).toEqual(everyone);
  // A check of the connections, which comes now and then, is counted too.
  await eventually(async () => {
    const used = await usageDuring(deliverToAll, "spublish", cluster.nodes);
    expect(used.reduce((sum, { calls }) => sum + calls, 0)).toBe(all.length);
    // 333 packets of 300 bytes are some 100 KB, which a server reads 16 KB at a time; one by one they would be 333 reads.
    for (const { reads } of used) expect(reads).toBeLessThan(40);
  });
});

it("follows slots that move to another node, and reads what it missed meanwhile", async () => {
  const missedBefore = node.missed();
  const owned = await ownedSlots(nodeAt(0));
  const held = slotOf(heartbeatsKey(keyPrefix));
  const moving = [...new Set(all.map(slot))].filter(
    (candidate) => owned.has(candidate) && candidate !== held,
  );
  expect(moving.length).toBeGreaterThan(200);
  await moveSlots(moving, nodeAt(0), nodeAt(1), cluster.nodes);

  // The processor's map of the slots is out of date: its pipelines run into hundreds of redirections, and follow.
  expect(await deliverToAll()).toHaveLength(all.length);
  await eventually(async () => expect(await deliverToAll()).toEqual(everyone));
  await eventually(() => expect(node.missed()).toBeGreaterThan(missedBefore));
  for (const address of all) {
    if (!moving.includes(slot(address))) expect(node.mayHaveMissed(address)).toBe(false);
  }
  const left = all.filter((address) => moving.includes(slot(address)));
  for (const address of left) node.leave(address);
  const expected = all.map((address) => (left.includes(address) ? 0 : 1));
  await eventually(async () => expect(await deliverToAll()).toEqual(expected));
  await moveSlots(moving, nodeAt(1), nodeAt(0), cluster.nodes);
});

it("confirms a subscription at the slot's new owner at once", async () => {
  const owned = await ownedSlots(nodeAt(0));
  const held = slotOf(heartbeatsKey(keyPrefix));
  const address = all.find(
    (candidate) => owned.has(slot(candidate)) && slot(candidate) !== held,
  ) as DeviceAddress;
  await moveSlots([slot(address)], nodeAt(0), nodeAt(2), cluster.nodes);
  await node.redis.subscriptions.confirm(address);
  expect(await processor.deliveryBus.deliver([sampleDelivery(address)])).toEqual([1]);
  await moveSlots([slot(address)], nodeAt(2), nodeAt(0), cluster.nodes);
});

it("confirms a subscription once the nodes agree on the slot's new owner", async () => {
  const owned = await ownedSlots(nodeAt(0));
  const held = slotOf(heartbeatsKey(keyPrefix));
  const address = all.find(
    (candidate) => owned.has(slot(candidate)) && slot(candidate) !== held,
  ) as DeviceAddress;
  const id = await withRedis(nodeAt(1).port, (redis) => redis.call("CLUSTER", "MYID"));
  // So far, only the old owner knows.
  await withRedis(nodeAt(0).port, (redis) =>
    redis.call("CLUSTER", "SETSLOT", slot(address), "NODE", String(id)),
  );
  const before = await lookups();
  const confirmed = node.redis.subscriptions.confirm(address);
  await eventually(async () => expect(await lookups()).toBeGreaterThan(before + 2));
  await moveSlots([slot(address)], nodeAt(0), nodeAt(1), cluster.nodes);
  await confirmed;
  expect(await processor.deliveryBus.deliver([sampleDelivery(address)])).toEqual([1]);
  await moveSlots([slot(address)], nodeAt(1), nodeAt(0), cluster.nodes);
});

it("reaches all devices again after a node was killed, and reads what it missed", async () => {
  const missedBefore = node.missed();
  await nodeAt(1).kill();
  await expect(deliverToAll()).rejects.toMatchObject({ code: "unavailable" });
  await eventually(() => expect(node.redis.state.up).toBe(false));
  await nodeAt(1).restart();
  await eventually(async () => expect(await deliverToAll()).toEqual(everyone), 20_000);
  await eventually(() => expect(node.missed()).toBeGreaterThan(missedBefore));
  await eventually(() => expect(node.redis.state.up).toBe(true), 20_000);
});

it("resyncs the devices of a shard whose connection broke, and no others", async () => {
  const owned = await ownedSlots(nodeAt(1));
  const missedBefore = node.missed();
  await withRedis(nodeAt(1).port, (redis) => redis.call("CLIENT", "KILL", "TYPE", "pubsub"));
  await eventually(() => expect(node.missed()).toBeGreaterThan(missedBefore));
  for (const address of all) expect(node.mayHaveMissed(address)).toBe(owned.has(slot(address)));
});

it("resyncs the group of a device whose delivery failed, and few others", async () => {
  const [address] = all as [DeviceAddress];
  const watcher = await startRealtimeNode({ url: cluster.url, keyPrefix, checkIntervalMs: 200 });
  try {
    await watcher.join(...all);
    await processor.deliveryBus.raiseResync([address], "first");
    await eventually(() => expect(watcher.missed()).toBe(1));
    expect(watcher.mayHaveMissed(address)).toBe(true);
    const resynced = all.filter((each) => watcher.mayHaveMissed(each));
    expect(resynced.length).toBeLessThan(all.length / 16);
    // Tried again, it is heeded once; the next one is for all.
    await processor.deliveryBus.raiseResync([address], "first");
    await processor.deliveryBus.raiseResync(undefined, "second");
    await eventually(() => expect(watcher.mayHaveMissed(address) && watcher.missed()).toBe(2));
    expect(all.filter((each) => watcher.mayHaveMissed(each))).toEqual(all);
  } finally {
    await watcher.close();
  }
});

it("tells which deliveries failed when one shard is down", async () => {
  const owned = await ownedSlots(nodeAt(1));
  await nodeAt(1).kill();
  try {
    const error = await deliverToAll().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(PartlyDeliveredError);
    const expected = all.map((address) => (owned.has(slot(address)) ? undefined : 1));
    expect((error as PartlyDeliveredError).reached).toEqual(expected);
  } finally {
    await nodeAt(1).restart();
    await eventually(async () => expect(await deliverToAll()).toEqual(everyone), 20_000);
  }
});

it("closes a connection without heartbeats at the node of the cluster that has it", async () => {
  const owned = await ownedSlots(nodeAt(2));
  const address = { ...all[0], user: "vanished" } as DeviceAddress;
  while (!owned.has(slot(address))) Object.assign(address, { user: `${address.user}1` });
  const watching = await connectRedis({
    url: cluster.url,
    keyPrefix,
    checkIntervalMs: 200,
    lostAfterMs: 2_000,
  });
  let lost = 0;
  watching.deliveryBus.onNodeLost(() => (lost += 1));
  const { port } = nodeAt(2);
  const vanished = new Redis(port, { retryStrategy: () => null });
  try {
    const [, id, from] = /id=(\d+) addr=(\S+)/.exec(String(await vanished.client("INFO"))) ?? [];
    await vanished.ssubscribe(deliveryChannel(keyPrefix, address));
    expect(await processor.deliveryBus.holders([address])).toEqual([1]);
    const key = heartbeatsKey(keyPrefix);
    const owners = await Promise.all(cluster.nodes.map(ownedSlots));
    const holder = cluster.nodes[owners.findIndex((slots) => slots.has(slotOf(key)))] as Server;
    await withRedis(holder.port, (redis) => redis.hset(key, `127.0.0.1:${port} ${id} ${from}`, "1"));
    await eventually(async () => expect(await processor.deliveryBus.holders([address])).toEqual([0]));
    await eventually(() => expect(lost).toBeGreaterThan(0));
  } finally {
    vanished.disconnect();
    watching.close();
  }
});
