import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type DeviceId, UnavailableError } from "@dumbwaiter/core";
import {
  eventually,
  freshId,
  freshQueue,
  freshUser,
  sampleRequests,
  testClock,
} from "@dumbwaiter/core/contracts";
import { type Server, startFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { freeze } from "@dumbwaiter/dev-env/servers/freeze";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type FirestoreStore, openFirestore } from "./open-firestore.ts";

describe("while Firestore is unavailable", () => {
  let emulator: Server;
  let store: FirestoreStore;
  const open = (timeoutMs?: number) =>
    openFirestore({
      projectId: uniqueName(),
      databaseId: "(default)",
      emulatorHost: emulator.url,
      clock: testClock(),
      messageTtlMs: 1e9,
      maxDevices: 10,
      timeoutMs,
    });

  beforeAll(async () => {
    emulator = await startFirestoreEmulator();
    store = open();
  }, 90_000);
  afterAll(async () => {
    await store.close();
    await emulator.stop();
  });

  /** One of every call. */
  function callAll({ queues, devices }: FirestoreStore) {
    const queue = freshQueue();
    const requests = sampleRequests(3, queue);
    const ids = requests.map(({ id }) => id);
    const address = { user: freshUser(), device: "phone" as DeviceId };
    return [
      queues.store(requests),
      queues.page(queue, { limit: 10, maxBytes: 1e6 }),
      queues.find(queue, freshId()),
      queues.delete(queue, ids),
      queues.stillQueued(queue, ids),
      queues.purge(queue),
      devices.register(address),
      devices.lookup([address.user]),
      devices.remove(address),
      devices.removeUser(address.user),
      devices.sweep(Date.now(), async () => {}),
    ];
  }

  async function expectUnavailable(calls: Promise<unknown>[], withinMs: number) {
    const start = performance.now();
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(UnavailableError) });
      expect(outcome).toMatchObject({ reason: { dependency: "firestore" } });
    }
    expect(performance.now() - start).toBeLessThan(withinMs);
  }

  it("fails every call within seconds, and works again once it has recovered", async () => {
    await Promise.all(callAll(store));
    expect(store.isUp()).toBe(true);
    await emulator.kill();
    await expectUnavailable(callAll(store), 8_000);
    expect(store.isUp()).toBe(false);
    await emulator.restart();
    await eventually(() => Promise.all(callAll(store)));
    expect(store.isUp()).toBe(true);
  }, 90_000);

  it("fails every call at its deadline when Firestore hangs", async () => {
    const hasty = open(1_500);
    try {
      await eventually(() => Promise.all(callAll(hasty)));
      await freeze(emulator.pid);
      await expectUnavailable(callAll(hasty), 5_000);
      // Nor does a crowd wait for one timeout after the other.
      const crowd = Array.from({ length: 300 }, () => [
        hasty.queues.page(freshQueue(), { limit: 10, maxBytes: 1e6 }),
        hasty.devices.lookup([freshUser()]),
      ]);
      await expectUnavailable(crowd.flat(), 5_000);
      expect(hasty.isUp()).toBe(false);
    } finally {
      process.kill(emulator.pid, "SIGCONT");
      await hasty.close();
    }
  }, 90_000);

  it("works again soon after connections that were accepted and never answered", async () => {
    let answering = false;
    const ends: Socket[] = [];
    const link = createServer((inbound) => {
      ends.push(inbound.on("error", () => {}));
      if (!answering) return;
      const outbound = connect(emulator.port, "127.0.0.1").on("error", () => {});
      ends.push(outbound);
      inbound.pipe(outbound).pipe(inbound);
    });
    link.listen(0, "127.0.0.1");
    await once(link, "listening");
    const linked = openFirestore({
      ...{ projectId: uniqueName(), databaseId: "(default)", clock: testClock() },
      ...{ messageTtlMs: 1e9, maxDevices: 10, timeoutMs: 1_500 },
      emulatorHost: `127.0.0.1:${(link.address() as AddressInfo).port}`,
    });
    try {
      await expectUnavailable(callAll(linked), 5_000);
      answering = true;
      await eventually(() => Promise.all(callAll(linked)), 20_000);
    } finally {
      await linked.close();
      for (const socket of ends) socket.destroy();
      link.close();
    }
  }, 90_000);
});
