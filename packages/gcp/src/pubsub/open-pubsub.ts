import type { DeadLetters, IngressConsumer, IngressPublisher, PushRequests } from "@dumbwaiter/core";
import { v1 } from "@google-cloud/pubsub";
import { DependencyCalls } from "../dependency-calls.ts";
import { GoogleClient } from "../google-client.ts";
import { googleClientOptions } from "../google-client-options.ts";
import { IngressWatch } from "./ingress-watch.ts";
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
  /**
   * From now on, publishing to the ingress fails while it is known that nothing is subscribed to it. Resolves once that
   * was asked, with or without an answer, after 5 s at the latest if the client is ready.
   */
  watchIngress(): Promise<void>;
  /** Whether a watch, or a consumer, knows that the ingress subscription is missing: messages are being lost. */
  isIngressMissing(): boolean;
  /** Resolves once calls can be made. @throws CredentialsError */
  ready(): Promise<void>;
  /** The service account that the calls come from, if there is one. */
  identity(): Promise<string | undefined>;
  /** Whether Pub/Sub answered the last call. */
  isUp(): boolean;
  /** Why it did not, if it did not. */
  failure(): unknown;
  /** Closes the consumers, and waits until nothing is being published. */
  close(): Promise<void>;
}

/** How long a client waits until it learns that its message is durable, or that this is unknown. */
const TIMEOUT_MS = 5_000;

/** The topics and the ingress subscription of one project. Connects on first use. */
export function openPubSub(settings: PubSubSettings): PubSub {
  const options = () => googleClientOptions(settings);
  const calls = new DependencyCalls("pubsub", { ...settings, timeoutMs: settings.timeoutMs ?? TIMEOUT_MS });
  const names = pubSubNames(settings);
  const client = new GoogleClient(() => new v1.PublisherClient(options()), settings);
  const topics = {
    ingress: new PubSubTopic(client, calls, names.ingressTopic),
    deadLetters: new PubSubTopic(client, calls, names.deadLetterTopic),
    push: new PubSubTopic(client, calls, names.pushTopic),
  };
  const watch = new IngressWatch(client, names.ingressTopic, settings.onSetupFault);
  const consumers: PubSubIngressConsumer[] = [];
  let subscriber: GoogleClient<v1.SubscriberClient> | undefined;
  return {
    publisher: new PubSubIngressPublisher(topics.ingress, watch),
    deadLetters: new PubSubDeadLetters(topics.deadLetters),
    pushRequests: new PubSubPushRequests(topics.push),
    consumer(consumerSettings) {
      subscriber ??= new GoogleClient(() => new v1.SubscriberClient(options()), settings);
      const consumer = new PubSubIngressConsumer(
        subscriber,
        calls,
        names.ingressSubscription,
        consumerSettings,
      );
      consumers.push(consumer);
      return consumer;
    },
    watchIngress: () => watch.start(),
    isIngressMissing: () => watch.isMissing || consumers.some((consumer) => consumer.isMissing),
    async ready() {
      await client.ready();
    },
    identity: () => client.identity(),
    isUp: () => calls.isUp,
    failure: () => calls.failure,
    async close() {
      watch.stop();
      // Without its client, a consumer would keep trying to pull.
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await Promise.all(Object.values(topics).map((topic) => topic.whenIdle()));
      await Promise.all([client.close(), subscriber?.close()]);
    },
  };
}
