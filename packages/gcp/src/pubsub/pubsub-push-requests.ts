import type { PushRequest, PushRequests } from "@dumbwaiter/core";
import type { PubSubTopic } from "./pubsub-topic.ts";

/** The push topic: one message per request, its data the request as JSON, with the attribute `v=1`. */
export class PubSubPushRequests implements PushRequests {
  readonly #topic: PubSubTopic;

  constructor(topic: PubSubTopic) {
    this.#topic = topic;
  }

  async request(requests: readonly PushRequest[]): Promise<void> {
    const messages = requests.map((request) => Buffer.from(JSON.stringify(request)));
    await Promise.all(messages.map((data) => this.#topic.publish({ data, attributes: { v: "1" } })));
  }
}
