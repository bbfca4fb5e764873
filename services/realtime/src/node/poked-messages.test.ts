import { type MessageId, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const LARGE = { encryptedData: data(250_000) };

describe("poked messages", () => {
  let fixture: RealtimeFixture;
  let bob: string;
  const calls = (method: string) =>
    fixture.taps.queues.calls.filter(
      (call) => call.method === method && (call.args[0] as { user: string }).user === bob,
    );
  const postLarge = (count: number) => fixture.post(bob, count, { fields: LARGE, undelivered: true });
  const pokeAll = (ids: readonly MessageId[]) => {
    for (const id of ids) fixture.poke(bob, id);
  };

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  async function connect() {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    return client;
  }

  it("are read once, and delivered live to each socket of the device", async () => {
    const clients = [await connect(), await connect()];
    const [pages, live] = [calls("page").length, "dumbwaiter_realtime_messages_delivered_total"];
    const before = await fixture.metric(live, { from: "live" });
    const sent = await postLarge(2);
    pokeAll(sent);
    for (const client of clients) {
      await eventually(() => expect(client.ids()).toEqual(sent));
      expect(client.messages[0]?.envelope).toMatchObject(LARGE);
    }
    expect(calls("find")).toHaveLength(2);
    expect(calls("page")).toHaveLength(pages);
    expect(await fixture.metric(live, { from: "live" })).toBe(before + 4);
    await clients[0]?.ack(sent);
    expect(await fixture.queued(bob)).toEqual([]);
  });

  it("are left out when they were acknowledged meanwhile, or are for a device without sockets", async () => {
    const client = await connect();
    const [acked, live] = await postLarge(2);
    await client.ack([acked as MessageId]);
    fixture.poke(bob, live as MessageId, "tablet");
    pokeAll([acked as MessageId, live as MessageId]);
    await eventually(() => expect(client.ids()).toEqual([live]));
    expect(calls("find")).toHaveLength(2);
  });

  it("are read one after the other for a device, and stay queued while its window is full", async () => {
    const { url } = await fixture.addNode({ maxUnacked: 4 });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    let [reading, most] = [0, 0];
    fixture.taps.queues.before = async (method) => {
      if (method !== "find") return;
      reading += 1;
      most = Math.max(most, reading);
      await new Promise(setImmediate);
      reading -= 1;
    };
    const sent = await postLarge(10);
    pokeAll(sent);
    await eventually(() => expect(client.ids()).toHaveLength(4));
    await client.ack([]);
    expect(client.ids()).toEqual(sent.slice(0, 4));
    expect(calls("find")).toHaveLength(4);
    expect(most).toBe(1);
    fixture.taps.queues.before = undefined;
    await eventually(async () => {
      await client.ack(client.ids());
      expect(client.ids()).toEqual(sent);
    });
  });

  it("are found by reading the queue when the read of one fails", async () => {
    const client = await connect();
    const failing = Promise.withResolvers<void>();
    fixture.taps.queues.before = (method) => {
      if (method !== "find") return;
      failing.resolve();
      throw new UnavailableError("sqlite");
    };
    const sent = await postLarge(1);
    pokeAll(sent);
    await failing.promise;
    fixture.taps.queues.before = undefined;
    await eventually(() => expect(client.ids()).toEqual(sent));
  });

  it("are found by reading the queue when more wait than a node remembers", async () => {
    const client = await connect();
    const gate = Promise.withResolvers<void>();
    fixture.taps.queues.before = (method) => (method === "find" ? gate.promise : undefined);
    const sent = await fixture.post(bob, 150, { undelivered: true });
    pokeAll(sent);
    await eventually(() => expect(new Set(client.ids())).toEqual(new Set(sent)));
    gate.resolve();
    fixture.taps.queues.before = undefined;
    await eventually(() => expect(client.emptied()).toBe(2));
  });
});
