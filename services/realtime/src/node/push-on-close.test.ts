import type { QueueAddress } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const TARGET = { platform: "ios", token: "secret-push-token" } as const;
const PUSHED = "dumbwaiter_realtime_push_requests_total";

describe("push on close", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ timings: { pushDelayMs: 50 } });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  const requestsFor = async (recipient: string) =>
    (await fixture.store.pushRequests.list()).filter(({ user }) => user === recipient);
  const requests = () => requestsFor(bob);

  /** Another user's request: once it was made, the earlier ones were made or never will be. */
  async function settled() {
    const other = freshUser();
    await fixture.register(other, "default", TARGET);
    const client = await fixture.connect(other);
    await eventually(() => expect(client.emptied()).toBe(1));
    await fixture.post(other);
    await eventually(() => expect(client.ids()).toHaveLength(1));
    client.socket.disconnect();
    await eventually(async () => expect(await requestsFor(other)).toHaveLength(1));
  }

  it("requests one push, for the unacknowledged message of the highest priority", async () => {
    const before = await fixture.metric(PUSHED);
    await fixture.register(bob, "phone", TARGET);
    const client = await fixture.connect(bob, { deviceId: "phone" });
    await eventually(() => expect(client.emptied()).toBe(1));
    const [acked] = await fixture.post(bob, 1, { fields: { priority: 10 } });
    await fixture.post(bob, 2);
    const [urgent] = await fixture.post(bob, 1, { fields: { priority: 7 } });
    await eventually(() => expect(client.ids()).toHaveLength(4));
    await client.ack([acked ?? ""]);
    client.socket.io.engine.close();
    await eventually(async () =>
      expect(await requests()).toEqual([
        { user: bob, devices: [{ id: "phone", ...TARGET }], messageId: urgent, priority: 7 },
      ]),
    );
    await eventually(async () => expect(await fixture.metric(PUSHED)).toBe(before + 1));
    expect(JSON.stringify(fixture.logs())).not.toContain(TARGET.token);
  });

  it("requests none when everything was acknowledged, here or elsewhere, or nothing was sent", async () => {
    const { queue } = await fixture.register(bob, "default", TARGET);
    const idle = await fixture.connect(bob);
    await eventually(() => expect(idle.emptied()).toBe(1));
    idle.socket.disconnect();
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const sent = await fixture.post(bob, 2);
    await eventually(() => expect(client.ids()).toEqual(sent));
    await client.ack(sent.slice(0, 1));
    await fixture.store.queues.delete({ user: bob as never, queue }, sent);
    client.socket.disconnect();
    await settled();
    expect(await requests()).toEqual([]);
  });

  /** How often the queue was read to see whether a push is due. */
  const looks = () =>
    fixture.taps.queues.calls.filter(
      ({ method, args }) => method === "stillQueued" && (args[0] as QueueAddress).user === bob,
    ).length;

  it("requests none, and reads nothing, while another socket of the device is open", async () => {
    await fixture.register(bob, "default", TARGET);
    const [first, second] = [await fixture.connect(bob), await fixture.connect(bob)];
    for (const client of [first, second]) await eventually(() => expect(client.emptied()).toBe(1));
    await fixture.post(bob, 1);
    await eventually(() => expect(first.ids()).toHaveLength(1));
    first.socket.disconnect();
    await settled();
    expect(await requests()).toEqual([]);
    expect(looks()).toBe(0);
  });

  it("requests none when the device connects again while the node looks whether a push is due", async () => {
    await fixture.register(bob, "default", TARGET);
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    await fixture.post(bob, 1);
    await eventually(() => expect(client.ids()).toHaveLength(1));
    const connected = Promise.withResolvers<void>();
    fixture.taps.queues.before = (method) => (method === "stillQueued" ? connected.promise : undefined);
    client.socket.disconnect();
    await eventually(() => expect(looks()).toBe(1));
    const again = await fixture.connect(bob);
    await eventually(() => expect(again.emptied()).toBe(1));
    connected.resolve();
    fixture.taps.queues.before = undefined;
    await settled();
    expect(await requests()).toEqual([]);
  });

  it("throttles only low priority for 10 s after a push request", async () => {
    await fixture.register(bob, "default", TARGET);
    const address = { user: bob as never, device: "default" as never };
    for (const priority of [4, 5]) {
      const client = await fixture.connect(bob);
      await eventually(() => expect(client.emptied()).toBe(1));
      const [id] = await fixture.post(bob, 1, { fields: { priority } });
      await eventually(() => expect(client.ids()).toContain(id));
      expect(await fixture.pushThrottle.admit([address])).toEqual([true]);
      client.socket.disconnect();
      await settled();
      expect((await requests()).map(({ messageId }) => messageId)).toEqual(priority === 5 ? [id] : []);
    }
  });

  it("requests none for a device without a push target", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    await fixture.post(bob, 1);
    await eventually(() => expect(client.ids()).toHaveLength(1));
    client.socket.disconnect();
    await settled();
    expect(await requests()).toEqual([]);
  });

  it("requests pending pushes at once when the node closes", async () => {
    const node = await fixture.addNode({ timings: { pushDelayMs: 60_000 } });
    await fixture.register(bob, "default", TARGET);
    const client = await fixture.connect(bob, { url: node.url });
    await eventually(() => expect(client.emptied()).toBe(1));
    await fixture.post(bob, 1);
    await eventually(() => expect(client.ids()).toHaveLength(1));
    await node.close();
    expect(await requests()).toHaveLength(1);
  });
});
