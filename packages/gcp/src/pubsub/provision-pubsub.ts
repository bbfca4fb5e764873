import { type protos, v1 } from "@google-cloud/pubsub";
import { type ServiceError, status } from "@grpc/grpc-js";
import { googleClientOptions } from "../google-client-options.ts";
import { ACK_DEADLINE_SECONDS } from "./pubsub-ingress-consumer.ts";
import { type PubSubNames, type PubSubSettings, pubSubNames } from "./pubsub-settings.ts";

type Subscription = protos.google.pubsub.v1.ISubscription & { readonly name: string };

const RETENTION = { seconds: 7 * 24 * 60 * 60 };

const IDENTITY = ["name", "topic"];
/** What Google's emulator refuses to change. */
const FIXED_IN_EMULATOR = ["expirationPolicy"];

/** The last resort for a message that kills its consumer. */
const MAX_DELIVERY_ATTEMPTS = 100;

/**
 * Creates the topics and subscriptions, or updates the settings of those that exist. For the subscription's own dead
 * letters, Pub/Sub's service agent needs the right to publish letters and to ack records.
 *
 * @returns their full names
 * @throws gRPC's error
 */
export async function provisionPubSub(settings: PubSubSettings): Promise<PubSubNames> {
  const options = googleClientOptions(settings);
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const names = pubSubNames(settings);
  try {
    for (const name of [names.ingressTopic, names.deadLetterTopic, names.pushTopic]) {
      await publisher.createTopic({ name }).catch(unlessItExists);
    }
    const fixed = settings.emulatorHost ? [...IDENTITY, ...FIXED_IN_EMULATOR] : IDENTITY;
    for (const subscription of subscriptionsOf(names)) await put(subscriber, subscription, fixed);
    return names;
  } finally {
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

function subscriptionsOf(names: PubSubNames): Subscription[] {
  const kept = { messageRetentionDuration: RETENTION, expirationPolicy: {} };
  return [
    {
      ...kept,
      name: names.ingressSubscription,
      topic: names.ingressTopic,
      ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } },
      deadLetterPolicy: {
        deadLetterTopic: names.deadLetterTopic,
        maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS,
      },
    },
    { ...kept, name: names.deadLetterSubscription, topic: names.deadLetterTopic, ackDeadlineSeconds: 60 },
  ];
}

async function put(
  subscriber: v1.SubscriberClient,
  subscription: Subscription,
  fixed: readonly string[],
): Promise<void> {
  try {
    await subscriber.createSubscription(subscription);
  } catch (error) {
    unlessItExists(error);
    const paths = Object.keys(subscription).filter((field) => !fixed.includes(field));
    const updateMask = { paths: paths.map(snakeCase) };
    await subscriber.updateSubscription({ subscription, updateMask });
  }
}

function unlessItExists(error: unknown): void {
  if ((error as ServiceError).code !== status.ALREADY_EXISTS) throw error;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
