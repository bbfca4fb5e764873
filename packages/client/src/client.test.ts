import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { envelopeFor, newUser, type TestUser } from "../testing/users.ts";
import { type Client, type Message, memoryStore, type Store } from "./index.ts";

describe("a connected client", () => {
  let embedded: EmbeddedProcess;
  let alice: TestUser;
  let bob: TestUser;
  const open: Client[] = [];

  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(async () => {
    await Promise.all(open.map((client) => client.close()));
    await embedded?.stop();
  });
  beforeEach(() => {
    [alice, bob] = [newUser(embedded), newUser(embedded)];
  });

  function connected(user: TestUser, options: Parameters<TestUser["connect"]>[0] = {}): Client {
    const client = user.connect(options);
    open.push(client);
    return client;
  }

  async function take(client: Client, count: number): Promise<Message[]> {
    const taken: Message[] = [];
    if (count === 0) return taken;
    for await (const message of client.messages()) {
      await message.ack();
      if (taken.push(message) === count) break;
    }
    return taken;
  }

  const send = (count: number) =>
    Promise.all(Array.from({ length: count }, () => alice.http().send(envelopeFor(bob))));

  async function isQueueEmpty(user: TestUser): Promise<void> {
    await eventually(async () => expect((await user.http().pull()).messages).toEqual([]));
  }

  /** One message is queued for bob, who saved it; the server has not heard of it. */
  async function storeOfEarlierLife(): Promise<Store> {
    await bob.http().pull();
    const [saved] = await send(1);
    await eventually(async () => expect((await bob.http().pull()).messages.length).toBe(1));
    const store = memoryStore();
    await store.write(new Map([[saved?.id ?? "", "saved"]]));
    return store;
  }

  it("gets what was queued and what comes, and has it deleted", async () => {
    await bob.http().pull();
    const [envelope] = [envelopeFor(bob)];
    const { id } = await alice.http().send(envelope);
    const client = connected(bob);
    expect(await take(client, 1)).toEqual([{ id, envelope, ack: expect.any(Function) }]);
    await eventually(() => expect(client.state).toBe("live"));
    const sent = await send(300);
    const taken = await take(client, 300);
    expect(new Set(taken.map((message) => message.id))).toEqual(new Set(sent.map((each) => each.id)));
    await isQueueEmpty(bob);
  });

  it("tells its states", async () => {
    const client = bob.connect();
    const states: unknown[] = [client.state];
    client.on("state", (event) => states.push(event));
    await eventually(() => expect(client.state).toBe("live"));
    await client.close();
    expect(states).toEqual(["connecting", { state: "catching-up" }, { state: "live" }, { state: "closed" }]);
  });

  it("sends under one key, so that the application can repeat the call", async () => {
    const client = connected(alice);
    const envelope = envelopeFor(bob);
    const key = "01890a5d-ac96-774b-bcce-b302099a8057".replace(/^.{13}/, keyTime());
    const first = await client.send(envelope, { idempotencyKey: key });
    expect(await client.send(envelope, { idempotencyKey: key })).toEqual(first);
    expect(await client.send(envelope)).not.toEqual(first);
  });

  it("replaces its token before it expires", async () => {
    const shortLived = newUser(embedded, { expiresInSeconds: 3 });
    let tokens = 0;
    const client = connected(shortLived, {
      token: () => {
        tokens++;
        return shortLived.token();
      },
    });
    const states: string[] = [];
    client.on("state", ({ state }) => states.push(state));
    await eventually(() => expect(tokens).toBeGreaterThan(3));
    expect(states).toEqual(["catching-up", "live"]);
  });

  it("moves on when its node stops, and comes back", async () => {
    const client = connected(bob);
    await eventually(() => expect(client.state).toBe("live"));
    const events: unknown[] = [];
    client.on("state", (event) => events.push(event));
    await embedded.kill("SIGTERM");
    await embedded.restart();
    await eventually(() => expect(client.state).toBe("live"));
    expect(events).toEqual([
      { state: "reconnecting", reason: "drain" },
      { state: "catching-up" },
      { state: "live" },
    ]);
    const [sent] = await send(1);
    expect((await take(client, 1))[0]?.id).toBe(sent?.id);
  });

  it.each([
    ["a token of another device", "device_mismatch", () => newUser(embedded, { deviceId: "phone" }).token()],
    ["no token at all", "unauthenticated", async () => "garbage"],
    ["an expired token", "token_expired", () => newUser(embedded, { expiresInSeconds: -60 }).token()],
  ])("stops when it is refused for %s", async (_name, code, token) => {
    const client = connected(bob, { deviceId: "tablet", token });
    await expect(client.messages().next()).rejects.toMatchObject({ code });
    expect(client.state).toBe("closed");
  });

  it("stops when its device is removed, and says why", async () => {
    const client = connected(bob, { deviceId: "phone" });
    await eventually(() => expect(client.state).toBe("live"));
    const loop = take(client, 1);
    const events: unknown[] = [];
    client.on("state", (event) => events.push(event));
    await bob.http().devices.remove("phone");
    await expect(loop).rejects.toMatchObject({ code: "device_removed", retryable: false });
    expect(events).toEqual([{ state: "closed", reason: "device_removed" }]);
  });

  it("manages devices", async () => {
    const { devices } = connected(bob, { deviceId: "phone" });
    expect(await devices.register("phone", { push: { platform: "web", token: "t" } })).toEqual({
      id: "phone",
      lastSeen: expect.any(String),
      push: { platform: "web" },
    });
    expect((await devices.list()).map(({ id }) => id)).toEqual(["phone"]);
    await expect(devices.remove("tablet")).rejects.toMatchObject({ code: "not_found", status: 404 });
  });

  it("drains only once its store has told what was saved in an earlier life", async () => {
    const store = await storeOfEarlierLife();
    const { read } = store;
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.read = () => isReleased.then(read);
    const client = connected(bob, { store });
    const drained = client.drain().next();
    // Time enough for a drain that does not wait.
    for (let pulls = 0; pulls < 5; pulls++) await client.pull();
    release();
    expect(await drained).toEqual({ done: true, value: undefined });
    await isQueueEmpty(bob);
  });

  it("acknowledges what was saved in an earlier life before close(), however soon it is called", async () => {
    const store = await storeOfEarlierLife();
    const { read } = store;
    store.read = () => sleep(20).then(read); // as one on a disk
    await bob.connect({ store }).close();
    expect((await bob.http().pull()).messages).toEqual([]);
  });

  it("acknowledges what its loop acknowledged before close()", async () => {
    await bob.http().pull();
    await send(100);
    const client = bob.connect();
    await take(client, 100);
    await client.close();
    expect((await bob.http().pull()).messages).toEqual([]);
  });

  it("ends its loops and calls by close()", async () => {
    const client = bob.connect();
    const loop = take(client, 1);
    await client.close();
    expect(await loop).toEqual([]);
    await expect(client.send(envelopeFor(alice))).rejects.toMatchObject({ code: "closed", retryable: false });
  });
});

/** The first 13 characters of a UUIDv7 of now. */
function keyTime(): string {
  return Date.now()
    .toString(16)
    .padStart(12, "0")
    .replace(/^(.{8})/, "$1-");
}
