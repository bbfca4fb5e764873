import type { IngressPublisher, IngressRecord } from "@dumbwaiter/core";
import type { PubSubTopic } from "./pubsub-topic.ts";

/** The ingress topic. */
export class PubSubIngressPublisher implements IngressPublisher {
  readonly #topic: PubSubTopic;

  constructor(topic: PubSubTopic) {
    this.#topic = topic;
  }

  publish(record: IngressRecord): Promise<void> {
    return this.#topic.publish(record);
  }

  close(): Promise<void> {
    return this.#topic.whenIdle();
  }
}
