import type { PubSubNames } from "@dumbwaiter/service/settings";
import { type protos, v1 } from "@google-cloud/pubsub";
import { type ServiceError, status } from "@grpc/grpc-js";
import { GoogleClient } from "../google-client.ts";
import { googleClientOptions } from "../google-client-options.ts";
import { pubSubResources, type Subscription } from "../resources/index.ts";
import { type PubSubSettings, pubSubNames } from "./pubsub-settings.ts";

type WireSubscription = protos.google.pubsub.v1.ISubscription & { readonly name: string };

const IDENTITY = ["name", "topic"];
/** Google's emulator refuses to change it. */
const FIXED_IN_EMULATOR = ["expirationPolicy"];

/**
 * Creates the topics and subscriptions, and sets those that exist to the same settings. The ingress subscription's
 * dead-letter policy works only when Pub/Sub's service agent may publish to the dead-letter topic and subscribe to
 * the subscription.
 *
 * @returns their full names
 * @throws CredentialsError, or the gRPC error
 */
export async function provisionPubSub(settings: PubSubSettings): Promise<PubSubNames> {
  const options = googleClientOptions(settings);
  const clients = {
    publisher: new GoogleClient(() => new v1.PublisherClient(options), settings),
    subscriber: new GoogleClient(() => new v1.SubscriberClient(options), settings),
  };
  const names = pubSubNames(settings);
  const { topics, subscriptions } = pubSubResources(names);
  try {
    const publisher = await clients.publisher.ready();
    const subscriber = await clients.subscriber.ready();
    for (const { id } of topics) await publisher.createTopic({ name: id }).catch(ignoreIfExists);
    const fixed = settings.emulatorHost ? [...IDENTITY, ...FIXED_IN_EMULATOR] : IDENTITY;
    for (const subscription of subscriptions) await put(subscriber, wireSubscription(subscription), fixed);
    return names;
  } finally {
    await Promise.all([clients.publisher.close(), clients.subscriber.close()]);
  }
}

function wireSubscription({ id, topic, retry, deadLetters, ...rest }: Subscription): WireSubscription {
  return {
    name: id,
    topic: topic.id,
    ackDeadlineSeconds: rest.ackDeadlineSeconds,
    messageRetentionDuration: { seconds: rest.retentionSeconds },
    // Never.
    expirationPolicy: {},
    ...(retry && {
      retryPolicy: {
        minimumBackoff: { seconds: retry.minimumSeconds },
        maximumBackoff: { seconds: retry.maximumSeconds },
      },
    }),
    ...(deadLetters && {
      deadLetterPolicy: {
        deadLetterTopic: deadLetters.topic.id,
        maxDeliveryAttempts: deadLetters.maxDeliveryAttempts,
      },
    }),
  };
}

async function put(
  subscriber: v1.SubscriberClient,
  subscription: WireSubscription,
  fixed: readonly string[],
): Promise<void> {
  try {
    await subscriber.createSubscription(subscription);
  } catch (error) {
    ignoreIfExists(error);
    const paths = Object.keys(subscription).filter((field) => !fixed.includes(field));
    const updateMask = { paths: paths.map(snakeCase) };
    await subscriber.updateSubscription({ subscription, updateMask });
  }
}

function ignoreIfExists(error: unknown): void {
  if ((error as ServiceError).code !== status.ALREADY_EXISTS) throw error;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
