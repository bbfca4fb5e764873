import { eventually } from "@dumbwaiter/core/contracts";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { device } from "../../testing/realtime-node.ts";
import { slotOf } from "../connection/hash-slots.ts";
import { RedisCommands } from "../connection/redis-commands.ts";
import { deliveryChannel } from "./delivery-channel.ts";
import { resyncGroupOfDevice, sharedResyncKey } from "./resync-groups.ts";
import { ResyncRaises } from "./resync-raises.ts";
import { ResyncValues } from "./resync-values.ts";

const [alice, bob] = [device("alice"), device("bob")];
let server: Server;
let commands: RedisCommands;
let keyPrefix: string;
let raises: ResyncRaises;
let values: ResyncValues;
let isMissed: (slot: number) => boolean;
let answersAreLost: boolean;

beforeAll(async () => {
  server = await startRedis();
  commands = new RedisCommands(parseRedisUrl(server.url), () => {});
  await eventually(() => commands.check());
});
afterAll(async () => {
  commands.close();
  await server.stop();
});
beforeEach(async () => {
  do {
    keyPrefix = `${uniqueName()}:`;
  } while (resyncGroupOfDevice(keyPrefix, alice) === resyncGroupOfDevice(keyPrefix, bob));
  answersAreLost = false;
  const losing = overridden(commands, {
    async run(name, ...args) {
      const answer = await commands.run(name, ...args);
      if (answersAreLost && name === "set") throw new Error("the answer was lost");
      return answer;
    },
  });
  raises = new ResyncRaises(losing, keyPrefix);
  values = new ResyncValues(commands, keyPrefix, (slots) => {
    isMissed = slots;
  });
  await raises.raise();
  await values.check();
});

/** Who resyncs when a node looks. */
async function look(): Promise<string[]> {
  await values.check();
  const resyncing = [alice, bob].filter((each) => isMissed(slotOf(deliveryChannel(keyPrefix, each))));
  return resyncing.map(({ user }) => user);
}

/** As a processor of the version before does it, for all devices. */
const raiseAsBefore = () => commands.run("set", sharedResyncKey(keyPrefix), uniqueName());

it("raises the groups of some devices, once although it is tried again", async () => {
  await raises.raise([alice], "first");
  expect(await look()).toEqual(["alice"]);
  await raises.raise([alice], "first");
  expect(await look()).toEqual([]);
});

it("raises all groups in place of a raise by the version before, which it hides", async () => {
  await raiseAsBefore();
  await raises.raise([alice], "first");
  expect(await look()).toEqual(["alice", "bob"]);
  await raises.raise([alice], "second");
  expect(await look()).toEqual(["alice"]);
});

it("raises all groups when it cannot tell what it replaced", async () => {
  await raiseAsBefore();
  answersAreLost = true;
  await expect(raises.raise([alice], "first")).rejects.toMatchObject({ code: "unavailable" });
  answersAreLost = false;
  await raises.raise([alice], "first");
  expect(await look()).toEqual(["alice", "bob"]);
});
