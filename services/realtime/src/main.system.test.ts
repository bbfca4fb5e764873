import { type Device, type DeviceId, newMessageId, sealEnvelope } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { type Server, sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { serviceEnvironment } from "@dumbwaiter/dev-env/stack/service-environment";
import { type ServiceProcess, startDevIssuer, startService } from "@dumbwaiter/dev-env/stack/service-process";
import { openTestFirestore } from "@dumbwaiter/dev-env/stack/test-firestore";
import { type FirestoreStore, provisionPubSub } from "@dumbwaiter/gcp";
import { connectRedis, type RedisAdapters } from "@dumbwaiter/redis";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { envelopeFor } from "../testing/envelopes.ts";

describe("realtime's processes on Pub/Sub, Firestore and Redis", () => {
  let redis: RedisAdapters;
  let firestore: FirestoreStore;
  let issuer: Server;
  let nodes: ServiceProcess[];
  const clients: TestClient[] = [];

  beforeAll(async () => {
    const servers = await sharedServers();
    const projectId = uniqueName();
    await provisionPubSub({ projectId, emulatorHost: servers.pubsub.url });
    redis = await connectRedis({ url: servers.redis.url });
    firestore = await openTestFirestore(projectId);
    issuer = await startDevIssuer();
    const env = serviceEnvironment(projectId, servers, issuer);
    nodes = await Promise.all([1, 2].map((number) => startService("realtime", number, env)));
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.disconnect();
    await Promise.all([...nodes, issuer].map((server) => server?.stop()));
    redis?.close();
    await firestore?.close();
  });

  async function connect(node: number, user: string, deviceId: string): Promise<TestClient> {
    const response = await fetch(`${issuer.url}/dev/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user, deviceId }),
    });
    const { token } = (await response.json()) as { token: string };
    const client = await connectClient((nodes[node] as ServiceProcess).url, { token });
    clients.push(client);
    return client;
  }

  /** Stores a message for each device and delivers it. @returns its id, and how many nodes it reached */
  async function post(user: string, devices: readonly Device[]) {
    const id = newMessageId(Date.now());
    const { bytes: envelope } = sealEnvelope(envelopeFor(user));
    const queues = devices.map(({ queue }) => ({ user: user as never, queue }));
    await firestore.queues.store([{ id, envelope, queues }]);
    const reached = await redis.deliveryBus.deliver(
      devices.map((device) => ({
        user: user as never,
        device: device.id,
        id,
        envelope,
        acceptedAt: Date.now(),
      })),
    );
    return { id, reached };
  }

  it("delivers backlog and live to two devices on two nodes, and drains on SIGTERM", async () => {
    const bob = uniqueName("bob");
    const devices = await Promise.all(
      ["phone", "tablet"].map((device) =>
        firestore.devices.register({ user: bob as never, device: device as DeviceId }),
      ),
    );
    const queued = await post(bob, devices);
    expect(queued.reached).toEqual([0, 0]);
    const [phone, tablet] = [await connect(0, bob, "phone"), await connect(1, bob, "tablet")];
    for (const client of [phone, tablet]) await eventually(() => expect(client.emptied()).toBe(1));
    const live = await post(bob, devices);
    expect(live.reached).toEqual([1, 1]);
    for (const client of [phone, tablet]) {
      await eventually(() => expect(client.ids()).toEqual([queued.id, live.id]));
    }
    expect(await phone.ack(phone.ids())).toEqual({ ok: true });
    expect(await phone.request("pull")).toEqual({ ok: true, messages: [], hasMore: false });
    expect((await tablet.request("pull")).messages).toHaveLength(2);
    expect(await phone.request("send", envelopeFor(bob))).toMatchObject({ ok: true });

    const [node] = nodes as [ServiceProcess];
    const metrics = await (await fetch(`${node.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^dumbwaiter_realtime_delivery_latency_seconds_count\{[^}]*\} 1$/m);
    await node.kill("SIGTERM");
    await eventually(() =>
      expect(phone.closings()).toEqual([{ code: "drain", retryable: true, afterMs: 0 }]),
    );
    expect(await node.log()).toContain('"clean":true');
    expect(tablet.socket.connected).toBe(true);
  });
});
