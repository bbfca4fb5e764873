import { createHash } from "node:crypto";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { namesOf, parseProps } from "@dumbwaiter/infra";
import { COLLECTION_PREFIX, KEY_PREFIX, PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { untilLive, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const project = uniqueName();
const namespace = uniqueName("ns");
let stacks: readonly Stack[];

/** What the operator would set for a RoutingService of this name, of all that names depend on. */
function namesIn(name: string): Record<string, string> {
  const {
    pubsub,
    collectionPrefix = "",
    keyPrefix = "",
  } = namesOf(
    parseProps(name, namespace, {
      auth: {
        issuer: "https://id.example/",
        audience: "dumbwaiter",
        jwksUrl: "https://id.example/jwks.json",
      },
      google: { project, projectNumber: "1" },
      redis: { url: "redis://redis" },
    }),
  );
  const ids = Object.fromEntries(PUBSUB_NAMES.map((variable) => [variable.name, pubsub[variable.key]]));
  return { ...ids, [COLLECTION_PREFIX.name]: collectionPrefix, [KEY_PREFIX.name]: keyPrefix };
}

beforeAll(async () => {
  const servers = await sharedServers();
  stacks = await Promise.all(
    ["one", "two"].map((name) =>
      startStack({
        ...servers,
        api: 2,
        // What a sender takes stays taken for a while.
        env: { ...NO_LIMITS, SEND_RATE_PER_SECOND: "0.01", GOOGLE_CLOUD_PROJECT: project, ...namesIn(name) },
      }),
    ),
  );
});
afterAll(() => Promise.all((stacks ?? []).map((stack) => stack.stop())));

it("two installations share a project, a database and a Redis, and nothing in them", async () => {
  const [alices, bobs] = ["alice", "bob"].map((name) =>
    stacks.map(({ api, realtime, issuer }) => {
      return new WireUser(name, {
        api: api[0]?.url as string,
        realtime: realtime[0]?.url as string,
        issuer: issuer.url,
      });
    }),
  ) as [WireUser[], WireUser[]];
  const [bob, namesake] = bobs as [WireUser, WireUser];

  // Live, to the one of two clients of the same user and device, neither of which acknowledges anything.
  const clients = bobs.map((each) => each.connect());
  const received = clients.map((client) => {
    const ids: string[] = [];
    void (async () => {
      for await (const { id } of client.messages()) ids.push(id);
    })();
    return ids;
  });
  await Promise.all(clients.map((client) => untilLive(client)));
  const live = await alices[0]?.send(bob);
  await eventually(() => expect(received).toEqual([[live], []]));
  expect((await namesake.pull()).messages).toEqual([]);

  // Queued, and acknowledged in one queue only.
  const queued = await Promise.all([0, 1].map((index) => alices[index]?.send(bob)));
  await eventually(async () => {
    expect((await bob.pull()).messages.map(({ id }) => id)).toEqual([live, queued[0]]);
    expect((await namesake.pull()).messages.map(({ id }) => id)).toEqual([queued[1]]);
  });
  await eventually(() => expect(received).toEqual([[live, queued[0]], [queued[1]]]));
  await bob.ack(queued as string[]);
  expect((await namesake.pull()).messages.map(({ id }) => id)).toEqual([queued[1]]);
  await Promise.all(clients.map((client) => client.close()));

  // Each has its keys.
  const { redis } = await sharedServers();
  for (const name of ["one", "two"]) {
    const keys = await withRedis(redis.port, (client) => client.keys(`${namespace}.${name}:*`));
    expect(keys.length).toBeGreaterThan(0);
  }
});

it("two installations hide the name of a sender differently, and all processes of one in the same way", async () => {
  const { redis } = await sharedServers();
  const hidden = await Promise.all(
    ["one", "two"].map(async (name, index) => {
      const stack = stacks[index] as Stack;
      const prefix = `${namespace}.${name}:dumbwaiter:sender:`;
      const buckets = () => withRedis(redis.port, (client) => client.keys(`${prefix}*:messages`));
      const before = await buckets();
      for (const { url } of stack.api) {
        const endpoints = { api: url, realtime: stack.realtime[0]?.url as string, issuer: stack.issuer.url };
        const whistleblower = new WireUser("whistleblower", endpoints);
        await whistleblower.send(new WireUser("carol", endpoints));
      }
      // Each process tells Redis within 100 ms.
      await eventually(async () => {
        const added = (await buckets()).filter((key) => !before.includes(key));
        expect(added.map((key) => key.slice(prefix.length))).toEqual([
          expect.stringMatching(/^\{[\w-]{22}\}:/),
        ]);
        const [bucket] = added as [string];
        expect(await withRedis(redis.port, (client) => client.pttl(bucket))).toBeGreaterThan(100_000);
      });
      return (await buckets()).find((key) => !before.includes(key))?.slice(prefix.length);
    }),
  );
  const plain = createHash("sha256").update("urn:sm:user:whistleblower").digest("base64url").slice(0, 22);
  expect(new Set([...hidden, `{${plain}}:messages`]).size).toBe(3);
});
