import { newMessageId } from "@dumbwaiter/core";
import { PubSub } from "@google-cloud/pubsub";
import { newEnvelope } from "./sender.ts";

const BATCH = 500;

/** Publishes messages to the ingress as the api does, without it. */
export async function fillTopic(
  google: PubSub,
  topicId: string,
  messages: number,
  recipients: readonly string[],
): Promise<void> {
  const topic = google.topic(topicId, { batching: { maxMessages: BATCH } });
  const publish = (index: number) => {
    const recipient = recipients[index % recipients.length] as string;
    const id = newMessageId(Date.now());
    const acceptedAt = String(Date.now());
    return topic.publishMessage({
      data: Buffer.from(newEnvelope(recipient)),
      attributes: { v: "1", id, recipient, acceptedAt, ephemeral: "false", priority: "0" },
    });
  };
  await Promise.all(Array.from({ length: messages }, (_, index) => publish(index)));
}

/** Google's client for an emulator. */
export function googlePubSub(projectId: string, url: string): PubSub {
  return new PubSub({
    ...{ projectId, apiEndpoint: url, emulatorMode: true },
    // Otherwise it looks for a machine's credentials, and warns.
    clientOptions: { universeDomain: "googleapis.com" },
  });
}
