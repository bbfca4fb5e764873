import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { DEFAULT_QUEUE } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { fromSource } from "@dumbwaiter/dev-env/stack/launcher";
import { type ServiceProcess, startService } from "@dumbwaiter/dev-env/stack/service-process";
import { openTestFirestore } from "@dumbwaiter/dev-env/stack/test-firestore";
import { type FirestoreStore, openPubSub, type PubSub, provisionPubSub } from "@dumbwaiter/gcp";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { device, poison, record, user } from "../testing/processor-fixture.ts";

const USERS = Array.from({ length: 20 }, () => uniqueName("user"));

describe("the processor's process on Pub/Sub, Firestore and Redis", () => {
  let pubsub: PubSub;
  let firestore: FirestoreStore;
  let processor: ServiceProcess;

  beforeAll(async () => {
    const servers = await sharedServers();
    const projectId = uniqueName();
    const emulated = { projectId, emulatorHost: servers.pubsub.url, timeoutMs: EMULATOR_TIMEOUT_MS };
    await provisionPubSub(emulated);
    pubsub = openPubSub(emulated);
    firestore = await openTestFirestore(projectId);
    processor = await startService("processor", 1, {
      GOOGLE_CLOUD_PROJECT: projectId,
      PUBSUB_EMULATOR_HOST: servers.pubsub.url,
      FIRESTORE_EMULATOR_HOST: servers.firestore.url,
      REDIS_URL: servers.redis.url,
    });
  });
  afterAll(() => Promise.all([processor?.stop(), pubsub?.close(), firestore?.close()]));

  const metric = async (name: string) => {
    const text = await (await fetch(`${processor.adminUrl}/metrics`)).text();
    const values = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const queued = async (name: string) => {
    const address = { user: user(name), queue: DEFAULT_QUEUE };
    const page = await firestore.queues.page(address, { limit: 500, maxBytes: 2 ** 30 });
    return page.messages.map(({ id }) => id).sort();
  };

  it("queues each message once when it is stopped in the middle of its work and restarted", async () => {
    await Promise.all(USERS.map((name) => firestore.devices.register(device(name, "phone"))));
    const records = USERS.flatMap((to) => Array.from({ length: 50 }, () => ({ to, ...record({ to }) })));
    await Promise.all([...records, poison()].map((one) => pubsub.publisher.publish(one)));
    await eventually(async () =>
      expect(await metric("dumbwaiter_processor_messages_stored_total")).toBeGreaterThan(0),
    );
    await processor.kill("SIGTERM");
    expect(await processor.log()).toContain('"clean":true');

    await processor.restart();
    for (const name of USERS) {
      const sent = records.filter(({ to }) => to === name).map(({ id }) => id);
      await eventually(async () => expect(await queued(name)).toEqual(sent.sort()));
    }
    expect(await metric("dumbwaiter_processor_outage")).toBe(0);
  });

  it("puts a poison message on the dead-letter topic", async () => {
    await pubsub.publisher.publish(poison());
    await eventually(async () =>
      expect(await metric("dumbwaiter_processor_messages_dead_lettered_total")).toBeGreaterThan(0),
    );
  });
});

it("ends at once, with code 0, when it is stopped while it waits for credentials", async () => {
  const connections: Socket[] = [];
  const metadata = createServer((connection) => connections.push(connection));
  metadata.listen(0, "127.0.0.1");
  await once(metadata, "listening");
  const asked = once(metadata, "connection");
  const { command, args } = fromSource("processor");
  const processor = spawn(command, args(""), {
    env: {
      PATH: process.env.PATH,
      ...{
        HOST: "127.0.0.1",
        ADMIN_PORT: "0",
        GOOGLE_CLOUD_PROJECT: "a-project",
        REDIS_URL: "redis://127.0.0.1:1",
      },
      GCE_METADATA_HOST: `127.0.0.1:${(metadata.address() as AddressInfo).port}`,
      METADATA_SERVER_DETECTION: "assume-present",
    },
    stdio: "ignore",
  });
  try {
    await asked;
    const ended = once(processor, "exit");
    const stoppedAt = performance.now();
    processor.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    // A call to the metadata server may take twice as long.
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  } finally {
    processor.kill("SIGKILL");
    for (const connection of connections) connection.destroy();
    metadata.close();
  }
});
