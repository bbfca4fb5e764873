import type { DeadLetter, IngressRecord, PushRequest } from "@dumbwaiter/core";
import { deadLettersContract, ingressContract, pushRequestsContract } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { v1 } from "@google-cloud/pubsub";
import { googleClientOptions } from "../google-client-options.ts";
import { openPubSub } from "./open-pubsub.ts";
import { provisionPubSub } from "./provision-pubsub.ts";
import { deadLetterOf } from "./pubsub-dead-letters.ts";

const AMPLE = { maxMessages: 1000, maxBytes: 16 * 1024 * 1024 };

async function openProject() {
  const { url } = await sharedPubSubEmulator();
  const settings = { projectId: uniqueName(), emulatorHost: url, timeoutMs: EMULATOR_TIMEOUT_MS };
  const names = await provisionPubSub(settings);
  return { settings, names, pubsub: openPubSub(settings) };
}

/** Reads what a topic gets, from now on. */
async function openReader<T>(topic: "deadLetterTopic" | "pushTopic", parse: (record: IngressRecord) => T) {
  const { settings, names, pubsub } = await openProject();
  const client = new v1.SubscriberClient(googleClientOptions(settings));
  const name = `projects/${settings.projectId}/subscriptions/reader`;
  await client.createSubscription({ name, topic: names[topic] });
  await client.close();
  const read: T[] = [];
  const reading = openPubSub({ ...settings, ingressSubscription: "reader" });
  const consumer = reading.consumer(AMPLE);
  await consumer.start((delivery) => {
    read.push(parse(delivery.record));
    delivery.ack();
  });
  return {
    pubsub,
    read: async () => read,
    async close() {
      await consumer.close();
      await Promise.all([pubsub.close(), reading.close()]);
    },
  };
}

ingressContract("Pub/Sub", async () => {
  const { pubsub } = await openProject();
  return {
    publisher: pubsub.publisher,
    consumer: (limits) => pubsub.consumer(limits),
    close: () => pubsub.close(),
  };
});

deadLettersContract("Pub/Sub", async () => {
  const { pubsub, ...reader } = await openReader<DeadLetter>("deadLetterTopic", deadLetterOf);
  return { ...reader, deadLetters: pubsub.deadLetters };
});

pushRequestsContract("Pub/Sub", async () => {
  const parse = ({ data }: IngressRecord) => JSON.parse(data.toString()) as PushRequest;
  const { pubsub, ...reader } = await openReader("pushTopic", parse);
  return { ...reader, pushRequests: pubsub.pushRequests };
});
