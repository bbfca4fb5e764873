import { setTimeout as sleep } from "node:timers/promises";
import { DAY_MS, newMessageId, type QueueId, systemClock, type UserId } from "@dumbwaiter/core";
import type { Stack } from "@dumbwaiter/dev-env/stack/start-stack";
import { openFirestore } from "@dumbwaiter/gcp";
import { googlePubSub } from "./fill-topic.ts";

/** In milliseconds. */
export interface EmulatorLatencies {
  /** From a publish to its arrival on a pull stream. */
  readonly pulled: number[];
  readonly committed: number[];
}

const DATA = Buffer.alloc(1_400, "A");

/**
 * A topic and a queue of the bench's own, on the stack's emulators and in its project: how long the emulators take
 * while the services use them, without the services. The topic is used by Google's client as it is.
 */
export async function openEmulatorCanary({ env, pubsub, firestore }: Stack) {
  const projectId = env.GOOGLE_CLOUD_PROJECT as string;
  const google = googlePubSub(projectId, pubsub.url);
  const [topic] = await google.createTopic("canary");
  topic.setPublishOptions({ batching: { maxMessages: 1 } });
  const [subscription] = await topic.createSubscription("canary");
  subscription.setOptions({ streamingOptions: { maxStreams: 1 } });
  const store = openFirestore({
    ...{ projectId, databaseId: "(default)", emulatorHost: firestore.url },
    ...{ clock: systemClock, messageTtlMs: 30 * DAY_MS, maxDevices: 1 },
  });
  const sentAt = new Map<string, number>();
  let latencies: EmulatorLatencies = { pulled: [], committed: [] };
  subscription.on("message", (message) => {
    const at = sentAt.get(message.attributes.id ?? "");
    sentAt.delete(message.attributes.id ?? "");
    if (at !== undefined) latencies.pulled.push(performance.now() - at);
    message.ack();
  });

  async function publish(id: string): Promise<void> {
    sentAt.set(id, performance.now());
    await topic.publishMessage({ data: DATA, attributes: { id } });
  }

  async function commit(id: ReturnType<typeof newMessageId>): Promise<void> {
    const startedAt = performance.now();
    const queue = { user: "canary" as UserId, queue: "canary" as QueueId };
    await store.queues.store([{ id, envelope: DATA, queues: [queue] }]);
    latencies.committed.push(performance.now() - startedAt);
  }

  return {
    /** Uneven intervals: even ones would keep step with the emulator, which hands out messages every 50 ms. */
    async measure(seconds: number, perSecond = 20): Promise<EmulatorLatencies> {
      latencies = { pulled: [], committed: [] };
      const measured = latencies;
      const calls: Promise<void>[] = [];
      for (const end = performance.now() + 1_000 * seconds; performance.now() < end; ) {
        const id = newMessageId(Date.now());
        calls.push(publish(id), commit(id));
        await sleep((2_000 / perSecond) * Math.random());
      }
      await Promise.all(calls);
      return measured;
    },
    async close(): Promise<void> {
      await subscription.close();
      await google.close();
      await store.close();
    },
  };
}
