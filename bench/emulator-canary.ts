import { setTimeout as sleep } from "node:timers/promises";
import { DAY_MS, newMessageId, type QueueId, systemClock, type UserId } from "@dumbwaiter/core";
import type { Stack } from "@dumbwaiter/dev-env/stack/start-stack";
import { openFirestore, openPubSub, provisionPubSub } from "@dumbwaiter/gcp";

/** In milliseconds. */
export interface EmulatorLatencies {
  /** From a publish to its arrival on a pull stream. */
  readonly pulled: number[];
  readonly committed: number[];
}

const INTERVAL_MS = 50;
const DATA = Buffer.alloc(1_400, "A");

/**
 * A topic and a queue of the bench's own, on the stack's emulators and in its project: how long the emulators take
 * while the services use them, without the services.
 */
export async function openEmulatorCanary({ env, pubsub, firestore }: Stack) {
  const projectId = env.GOOGLE_CLOUD_PROJECT as string;
  const names = { ingressTopic: "canary", ingressSubscription: "canary" };
  const settings = { projectId, emulatorHost: pubsub.url, ...names };
  await provisionPubSub(settings);
  const own = openPubSub(settings);
  const store = openFirestore({
    ...{ projectId, databaseId: "(default)", emulatorHost: firestore.url },
    ...{ clock: systemClock, messageTtlMs: 30 * DAY_MS, maxDevices: 1 },
  });
  const sentAt = new Map<string, number>();
  let latencies: EmulatorLatencies = { pulled: [], committed: [] };
  await own.consumer({ maxMessages: 100, maxBytes: 1e7, streams: 1 }).start(({ record, ack }) => {
    latencies.pulled.push(performance.now() - (sentAt.get(record.attributes.id ?? "") ?? Number.NaN));
    ack();
  });

  async function publish(id: string): Promise<void> {
    sentAt.set(id, performance.now());
    await own.publisher.publish({ data: DATA, attributes: { id } });
  }

  async function commit(id: ReturnType<typeof newMessageId>): Promise<void> {
    const startedAt = performance.now();
    const queue = { user: "canary" as UserId, queue: "canary" as QueueId };
    await store.queues.store([{ id, envelope: DATA, queues: [queue] }]);
    latencies.committed.push(performance.now() - startedAt);
  }

  return {
    async measure(seconds: number): Promise<EmulatorLatencies> {
      latencies = { pulled: [], committed: [] };
      const measured = latencies;
      const calls: Promise<void>[] = [];
      for (const end = performance.now() + 1_000 * seconds; performance.now() < end; ) {
        const id = newMessageId(Date.now());
        calls.push(publish(id), commit(id));
        await sleep(INTERVAL_MS);
      }
      await Promise.all(calls);
      return measured;
    },
    close: () => Promise.all([own.close(), store.close()]),
  };
}
