import { setTimeout as sleep } from "node:timers/promises";
import firestorePackage from "@google-cloud/firestore";
import { PubSub, v1 } from "@google-cloud/pubsub";

/*
 * A process that makes with Google's own wrappers the calls that the adapters make with the generated clients.
 */
const { GOOGLE_CLOUD_PROJECT: projectId = "", FIRESTORE_DATABASE: databaseId = "" } = process.env;
const { PUBSUB_ENDPOINT: apiEndpoint = "", FIRESTORE_ENDPOINT: host = "" } = process.env;

const pubsub = new PubSub({ projectId, apiEndpoint, emulatorMode: false });
const [topic] = await pubsub.createTopic("reference");
const [subscription] = await topic.createSubscription("reference", { ackDeadlineSeconds: 10 });
await subscription.setMetadata({ ackDeadlineSeconds: 11 });
await topic.publishMessage({ data: Buffer.from("{}") });
await new Promise<void>((resolve) => {
  subscription.on("message", (message) => {
    message.modAck(10);
    message.ack();
    void sleep(1_000).then(resolve); // acks wait for others
  });
});
await subscription.close();
await pubsub.close();

// The wrapper pulls by streams alone.
const [hostname = "", port] = apiEndpoint.split(":");
const subscriber = new v1.SubscriberClient({ projectId, servicePath: hostname, port: Number(port) });
await subscriber
  .pull({ subscription: subscription.name, maxMessages: 1 }, { timeout: 1_000, retry: null })
  .catch(() => {});
await subscriber.close();

const firestore = new firestorePackage.Firestore({ projectId, databaseId, host });
const document = firestore.doc("reference/document");
await document.set({ value: 1 });
await firestore.getAll(document);
await firestore.collection("reference").where("value", "==", 1).get();
const writer = firestore.bulkWriter();
void writer.set(document, { value: 2 });
await writer.close();
await firestore.terminate();
