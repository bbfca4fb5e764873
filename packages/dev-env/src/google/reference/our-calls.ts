import { setTimeout as sleep } from "node:timers/promises";
import { DAY_MS, type MessageId, type QueueAddress, systemClock } from "@dumbwaiter/core";
import { DeadLetterInbox, openFirestore, openPubSub, provisionPubSub } from "@dumbwaiter/gcp";

/*
 * A process that makes each call of the adapters once or more, with the settings of its environment.
 */
const { GOOGLE_CLOUD_PROJECT: projectId = "", FIRESTORE_DATABASE: databaseId = "" } = process.env;
const pubsubSettings = { projectId, endpoint: process.env.PUBSUB_ENDPOINT };
const firestoreSettings = { projectId, databaseId, endpoint: process.env.FIRESTORE_ENDPOINT };

await provisionPubSub(pubsubSettings);
await provisionPubSub(pubsubSettings).catch(() => {}); // the emulator lacks a part of an update
const pubsub = openPubSub(pubsubSettings);
const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1_000_000 });
const received = new Promise<void>((resolve) => {
  void consumer.start((delivery) => {
    // Long enough for its lease to be extended.
    void sleep(8_000)
      .then(() => delivery.ack())
      .then(resolve);
  });
});
await pubsub.publisher.publish({ data: Buffer.from("{}"), attributes: {} });

const firestore = openFirestore({
  ...firestoreSettings,
  ...{ clock: systemClock, messageTtlMs: DAY_MS, maxDevices: 10 },
});
const user = "urn:sm:user:reference" as QueueAddress["user"];
const device = "phone" as never;
const { queue } = await firestore.devices.register({ user, device });
const id = "0190163d-8694-739b-aea5-966c26f8ad91" as MessageId;
await firestore.queues.store([{ id, envelope: Buffer.from("{}") as never, queues: [{ user, queue }] }]);
await firestore.queues.page({ user, queue }, { limit: 10, maxBytes: 1_000_000 });
await firestore.queues.delete({ user, queue }, [id]);

await received;
await pubsub.close();
await firestore.close();
const inbox = new DeadLetterInbox(pubsubSettings);
await inbox.list(() => {});
await inbox.close();
