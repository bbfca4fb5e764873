import { eventually } from "@dumbwaiter/core/contracts";
import { type Server, startRedis } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { device } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { RedisCommands } from "../connection/redis-commands.ts";
import { deliveryChannel } from "./delivery-channel.ts";
import { RedisDeliveryBus } from "./redis-delivery-bus.ts";
import { RedisDeliverySubscriptions } from "./redis-delivery-subscriptions.ts";

/*
 * Each sign of a loss by itself: in a service, a lost connection fails a check too, and one sign would hide that the
 * other is missing. Nothing checks here but the test.
 */
const alice = device("alice");
const PREFIX = "signs:";
const USER = "realtime";

let server: Server;
/** To the server. */
let link: FaultyLink;
let commands: RedisCommands;
let subscriptions: RedisDeliverySubscriptions;
let missed: boolean[];
let heard: string[];

beforeAll(async () => {
  server = await startRedis();
  await acl("SETUSER", USER, "on", ">secret", "~*", "&*", "+@all");
});
afterAll(() => server.stop());

beforeEach(async () => {
  link = await startFaultyLink(server.port);
  const target = parseRedisUrl(`redis://${USER}:secret@127.0.0.1:${link.port}`);
  commands = new RedisCommands(target, () => {});
  subscriptions = new RedisDeliverySubscriptions(target, commands, PREFIX, () => {});
  [missed, heard] = [[], []];
  subscriptions.onMissed((mayHaveMissed) => missed.push(mayHaveMissed(alice)));
  // Before the first subscription, nothing can be missed.
  await eventually(() => subscriptions.check());
  subscriptions.subscribe(deliveryChannel(PREFIX, alice), (message) => heard.push(String(message)));
  await subscriptions.confirm(alice);
});
afterEach(async () => {
  subscriptions.close();
  commands.close();
  await link.close();
});

it("confirms a subscription only when Redis has answered, with or without sockets", async () => {
  link.hold();
  const confirmed = [alice, device("bob")].map((address) => subscriptions.confirm(address));
  const outcomes = await Promise.allSettled(confirmed);
  const refused = { status: "rejected", reason: { code: "unavailable" } };
  expect(outcomes).toMatchObject([refused, refused]);
});

it("tells of a loss when a connection has been restored, without any check", async () => {
  await withRedis(server.port, (redis) => redis.call("CLIENT", "KILL", "TYPE", "pubsub"));
  await eventually(() => expect(missed).toEqual([true]));
  const bus = new RedisDeliveryBus(commands, PREFIX, { onLost: () => {} });
  expect(await bus.deliver([sampleDelivery(alice)])).toEqual([1]);
  await eventually(() => expect(heard).toHaveLength(1));
});

it("tells of a loss when a check succeeds that had failed, on the same connection", async () => {
  await acl("SETUSER", USER, "-sunsubscribe");
  await expect(subscriptions.check()).rejects.toThrow("NOPERM");
  await acl("SETUSER", USER, "+sunsubscribe");
  expect(missed).toEqual([]);
  await subscriptions.check();
  await eventually(() => expect(missed).toEqual([true]));
  await subscriptions.check();
  expect(missed).toEqual([true]);
});

it("tells of a loss when the count of resyncs has changed", async () => {
  const bus = new RedisDeliveryBus(commands, PREFIX, { onLost: () => {} });
  await bus.raiseResync([alice]);
  await subscriptions.check();
  await eventually(() => expect(missed).toEqual([true]));
});

async function acl(...command: [string, ...string[]]): Promise<void> {
  await withRedis(server.port, (redis) => redis.call("ACL", ...command));
}
