import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type Server, startRedis } from "@dumbwaiter/dev-env/servers";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { RedisCommands } from "./redis-commands.ts";

let server: Server;
let commands: RedisCommands;

beforeAll(async () => {
  server = await startRedis();
  commands = new RedisCommands(parseRedisUrl(server.url), () => {});
  await eventually(() => commands.check());
});
afterAll(async () => {
  commands.close();
  await server.stop();
});

async function outcomesOf(name: string, all: readonly string[][]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  await commands.runEach(name, all, (index, outcome) => {
    outcomes[index] = outcome;
  });
  return outcomes;
}

it("tells how each of several commands ended, those that failed without their arguments", async () => {
  await commands.run("set", "text", "secret");
  const [counted, refused, countedAgain] = await outcomesOf("incr", [["count"], ["text"], ["count"]]);
  expect([counted, countedAgain]).toEqual([1, 2]);
  expect(refused).toBeInstanceOf(Error);
  expect(Object.keys(refused as Error)).toEqual([]);
});

it("tells which of several commands have a reply when the connection breaks among them", async () => {
  const id = await commands.run("client", "id");
  const outcomes = await outcomesOf("client", [["id"], ["kill", "id", String(id), "skipme", "no"], ["id"]]);
  expect(outcomes).toEqual([id, 1, expect.any(Error)]);
  await eventually(() => commands.check());
});

it("tells of each command that it failed when there is no connection", async () => {
  commands.close();
  const outcomes = await outcomesOf("incr", [["count"], ["count"]]);
  expect(outcomes).toEqual([expect.any(Error), expect.any(Error)]);
});
