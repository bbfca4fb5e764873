import type { DeadLetters, IngressConsumer, IngressPublisher, PushRequests } from "@dumbwaiter/core";
import { v1 } from "@google-cloud/pubsub";
import { DependencyCalls } from "../dependency-calls.ts";
import { googleClientOptions } from "../google-client-options.ts";
import { PubSubDeadLetters } from "./pubsub-dead-letters.ts";
import { type IngressConsumerSettings, PubSubIngressConsumer } from "./pubsub-ingress-consumer.ts";
import { PubSubIngressPublisher } from "./pubsub-ingress-publisher.ts";
import { PubSubPushRequests } from "./pubsub-push-requests.ts";
import { type PubSubSettings, pubSubNames } from "./pubsub-settings.ts";
import { PubSubTopic } from "./pubsub-topic.ts";

export interface PubSub {
  readonly publisher: IngressPublisher;
  readonly deadLetters: DeadLetters;
  readonly pushRequests: PushRequests;
  consumer(settings: IngressConsumerSettings): IngressConsumer;
  /** Whether Pub/Sub answered when it was last asked. */
  isUp(): boolean;
  /** Closes the consumers, and waits for what is being published. */
  close(): Promise<void>;
}

/** A client has this long to hear that its message is durable, or that nobody knows. */
const TIMEOUT_MS = 5_000;

/** The topics and the ingress subscription of one project. Connects when it is first used. */
export function openPubSub(settings: PubSubSettings): PubSub {
  const options = () => googleClientOptions(settings);
  const calls = new DependencyCalls("pubsub", { ...settings, timeoutMs: settings.timeoutMs ?? TIMEOUT_MS });
  const names = pubSubNames(settings);
  const client = new v1.PublisherClient(options());
  const topics = {
    ingress: new PubSubTopic(client, calls, names.ingressTopic),
    deadLetters: new PubSubTopic(client, calls, names.deadLetterTopic),
    push: new PubSubTopic(client, calls, names.pushTopic),
  };
  const consumers: IngressConsumer[] = [];
  let subscriber: v1.SubscriberClient | undefined;
  return {
    publisher: new PubSubIngressPublisher(topics.ingress),
    deadLetters: new PubSubDeadLetters(topics.deadLetters),
    pushRequests: new PubSubPushRequests(topics.push),
    consumer(consumerSettings) {
      subscriber ??= new v1.SubscriberClient(options());
      const consumer = new PubSubIngressConsumer(
        subscriber,
        calls,
        names.ingressSubscription,
        consumerSettings,
      );
      consumers.push(consumer);
      return consumer;
    },
    isUp: () => calls.isUp,
    async close() {
      // A consumer whose client is gone would go on trying to pull.
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await Promise.all(Object.values(topics).map((topic) => topic.flushed()));
      await Promise.all([client.close(), subscriber?.close()]);
    },
  };
}
