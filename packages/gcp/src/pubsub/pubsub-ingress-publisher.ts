import type { IngressPublisher, IngressRecord } from "@dumbwaiter/core";
import type { IngressWatch } from "./ingress-watch.ts";
import type { PubSubTopic } from "./pubsub-topic.ts";

/** The ingress topic. */
export class PubSubIngressPublisher implements IngressPublisher {
  readonly #topic: PubSubTopic;
  readonly #watch: Pick<IngressWatch, "refuseIfMissing">;

  constructor(topic: PubSubTopic, watch: Pick<IngressWatch, "refuseIfMissing">) {
    this.#topic = topic;
    this.#watch = watch;
  }

  async publish(record: IngressRecord): Promise<void> {
    this.#watch.refuseIfMissing();
    return this.#topic.publish(record);
  }

  close(): Promise<void> {
    return this.#topic.whenIdle();
  }
}
