import { randomBytes } from "node:crypto";
import { ACCESS_KEY_CACHE_MS } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { AT_ONCE, MESSAGE_BUDGET } from "@dumbwaiter/dev-env/cost/message-budget";
import { BILLED, type Billed, offline } from "@dumbwaiter/dev-env/cost/million-messages";
// Bare: the SDK decides by itself when it acknowledges, and how many at once.
import { connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Usage, usageDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { type CountedCall, openCountedServices } from "@dumbwaiter/dev-env/stack/counted-services";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

describe("what a message costs in calls to Pub/Sub, Firestore and Redis", () => {
  let redis: Server;
  let services: Awaited<ReturnType<typeof openCountedServices>>;
  let receivedBefore = 0;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    services = await openCountedServices(redis);
  });
  beforeEach(() => {
    services.counted();
    receivedBefore = services.received();
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.disconnect();
    await services?.close();
    await redis?.stop();
  });

  const newUser = (name: string) => new WireUser(uniqueName(name), services.endpoints);

  async function connect(user: WireUser, acking: boolean): Promise<TestClient> {
    const client = await connectClient(
      services.endpoints.realtime,
      { token: await user.token() },
      { acking },
    );
    clients.push(client);
    await eventually(() => expect(client.emptied()).toBe(1));
    return client;
  }

  /** All SPUBLISH that Redis has run during the work. */
  async function spublished(work: () => Promise<unknown>): Promise<Usage> {
    return (await usageDuring(work, "spublish", [redis]))[0] as Usage;
  }

  /** Waits until the processor has acknowledged all records that it received, and so is done with them. */
  async function processed(calls: CountedCall[], records: number): Promise<number> {
    return eventually(() => {
      calls.push(...services.counted());
      const received = services.received() - receivedBefore;
      expect(received).toBeGreaterThanOrEqual(records);
      expect(itemsOf(calls, "processor acknowledge")).toBe(received);
      return received;
    });
  }

  it("online and acked: a publish, a user read, and for each device a write, an SPUBLISH and a delete", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const devices = [await connect(bob.device("phone"), false), await connect(bob.device("tablet"), false)];
    await alice.token();
    services.counted();
    const calls: CountedCall[] = [];
    const redisUsage = await spublished(async () => {
      const id = await alice.send(bob);
      for (const device of devices) await eventually(() => expect(device.ids()).toEqual([id]));
      for (const device of devices) expect(await device.ack([id])).toEqual({ ok: true });
      await processed(calls, 1);
    });
    expect(summed(calls)).toEqual({
      "api publish": [1],
      "processor batchGetDocuments": [1],
      "processor commit": [2],
      "processor acknowledge": [1],
      "realtime batchWrite": [1, 1],
    });
    const { writes, deletes } = BILLED.device;
    expect(billedOf(calls)).toEqual({ ...BILLED.online, writes: 1 + writes, deletes: 1 + deletes });
    expect(redisUsage.calls).toBe(2);
  });

  it("sent over a socket: a publish by realtime, and none by the api", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [from, to] = [await connect(alice, false), await connect(bob, true)];
    services.counted();
    const calls: CountedCall[] = [];
    expect(await from.request("send", newEnvelope(bob))).toMatchObject({ ok: true });
    await eventually(() => expect(to.messages).toHaveLength(1));
    await processed(calls, 1);
    await eventually(() => {
      calls.push(...services.counted());
      expect(summed(calls)).toEqual({
        "realtime publish": [1],
        "processor batchGetDocuments": [1],
        "processor commit": [1],
        "processor acknowledge": [1],
        "realtime batchWrite": [1],
      });
    });
  });

  it("offline: the device once more, and a pull that reads at most one document more than its limit", async () => {
    const bob = newUser("bob");
    await bob.pull();
    services.counted();
    const calls: CountedCall[] = [];
    const redisUsage = await spublished(async () => {
      for (let count = 0; count < 6; count += 1) await bob.send(bob);
      await processed(calls, 6);
    });
    expect(itemsOf(calls, "api publish")).toBe(6);
    expect(itemsOf(calls, "processor commit")).toBe(6);
    expect(redisUsage.calls).toBe(6);

    const { messages } = await bob.pull(4);
    expect(messages).toHaveLength(4);
    await bob.ack(messages.map(({ id }) => id));
    expect(summed(services.counted())).toEqual({
      // The device lookup: once for the pull, once for the ack.
      "api batchGetDocuments": [1, 1],
      "api runQuery": [5],
      "api batchWrite": [4],
    });
    const pulled = { reads: 1 + 1 + 5, deletes: 4 };
    const { reads, deletes } = offline(4);
    expect(pulled).toEqual({ reads: 4 * (reads - BILLED.waiting.reads), deletes: 4 * deletes });
  });

  it("offline, with a push target: a push request more, whatever its priority", async () => {
    const bob = newUser("bob");
    await bob.httpClient().devices.register("phone", { push: { platform: "ios", token: "apns" } });
    for (const priority of [0, 10]) {
      services.counted();
      const calls: CountedCall[] = [];
      receivedBefore = services.received();
      await bob.send(bob, { priority });
      await processed(calls, 1);
      expect(billedOf(calls)).toEqual({ ...BILLED.waiting, pushed: BILLED.push.pushed });
    }
  });

  it("ephemeral: nothing stored, so nothing deleted, whether or not a device is connected", async () => {
    const bob = newUser("bob");
    for (const online of [true, false]) {
      const client = await connect(bob.device("phone"), false);
      if (!online) client.socket.disconnect();
      services.counted();
      const calls: CountedCall[] = [];
      receivedBefore = services.received();
      const id = await bob.send(bob, { isEphemeral: true });
      if (online) await eventually(() => expect(client.ids()).toEqual([id]));
      await processed(calls, 1);
      expect(billedOf(calls)).toEqual(BILLED.ephemeral);
    }
  });

  it("over 64 KiB: a poke instead, so a read of the document more", async () => {
    const bob = newUser("bob");
    const client = await connect(bob.device("phone"), true);
    services.counted();
    const calls: CountedCall[] = [];
    const id = await bob.send(bob, newEnvelope(bob, 100_000));
    await eventually(() => expect(client.ids()).toEqual([id]));
    await processed(calls, 1);
    await eventually(() => {
      calls.push(...services.counted());
      expect(billedOf(calls)).toEqual(BILLED.large);
    });
  });

  it("a connection that finds nothing queued: a query, and the device before and after it has joined", async () => {
    const bob = newUser("bob").device("phone");
    const client = await connect(bob, false);
    client.socket.disconnect();
    services.counted();
    await connect(bob, false);
    expect(billedOf(services.counted())).toEqual(BILLED.connection);
  });

  it("sent with an access key: a read of the key more, shared by all sends of 5 s", async () => {
    const bob = newUser("bob");
    const accessKey = randomBytes(32).toString("base64");
    await bob.httpClient().accessKey.set(accessKey);
    expect(summed(services.counted())).toEqual({ "api batchGetDocuments": [1], "api commit": [1] });
    const calls: CountedCall[] = [];
    const start = performance.now();
    const send = async () => {
      const headers = { "access-key": accessKey, "content-type": "application/json" };
      const body = JSON.stringify(newEnvelope(bob));
      const { status } = await fetch(`${services.endpoints.api}/api/send`, { method: "POST", headers, body });
      expect(status).toBe(202);
    };
    await Promise.all(Array.from({ length: 50 }, send));
    for (let count = 0; count < 10; count += 1) await send();
    const readings = 1 + (performance.now() - start) / ACCESS_KEY_CACHE_MS;
    await processed(calls, 60);
    const { "api batchGetDocuments": reads = [], ...others } = summed(calls);
    expect(new Set(reads)).toEqual(new Set([1]));
    expect(reads.length).toBeLessThanOrEqual(readings);
    expect(Object.keys(others).filter((name) => name.startsWith("api"))).toEqual(["api publish"]);
    expect(itemsOf(calls, "api publish")).toBe(60);
  });

  // The last: from then on, all that is counted comes in groups.
  it(`sent over sockets, ${AT_ONCE} at once: they share a publish, as sends over HTTP do`, async () => {
    const bob = newUser("bob");
    await bob.pull();
    const senders = await Promise.all(Array.from({ length: 4 }, () => connect(newUser("alice"), false)));
    services.counted();
    services.rush(AT_ONCE);
    const calls: CountedCall[] = [];
    const sends = Array.from({ length: AT_ONCE }, (_, index) =>
      (senders[index % senders.length] as TestClient).request("send", newEnvelope(bob)),
    );
    expect((await Promise.all(sends)).filter(({ ok }) => !ok)).toEqual([]);
    await processed(calls, AT_ONCE);
    const publishes = summed(calls)["realtime publish"] ?? [];
    expect(itemsOf(calls, "realtime publish")).toBe(AT_ONCE);
    expect(publishes.length).toBeLessThanOrEqual(AT_ONCE * MESSAGE_BUDGET["Pub/Sub publish calls"].busy);
  });
});

/** The items of each call, by service and method. */
function summed(calls: readonly CountedCall[]): Record<string, number[]> {
  const groups = Map.groupBy(calls, ({ service, method }) => `${service} ${method}`);
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.map(({ items }) => items)]));
}

/** What Google bills of the calls. */
function billedOf(calls: readonly CountedCall[]): Billed {
  const total = (pattern: RegExp, least = 0) =>
    calls
      .filter(({ service, method }) => pattern.test(`${service} ${method}`))
      .reduce((sum, { items }) => sum + Math.max(least, items), 0);
  return {
    published: total(/^(api|realtime) publish$/),
    pushed: total(/^processor publish$/),
    reads: total(/ batchGetDocuments$/) + total(/ runQuery$/, 1),
    writes: total(/ commit$/),
    deletes: total(/ batchWrite$/),
  };
}

function itemsOf(calls: readonly CountedCall[], name: string): number {
  return (summed(calls)[name] ?? []).reduce((sum, items) => sum + items, 0);
}
