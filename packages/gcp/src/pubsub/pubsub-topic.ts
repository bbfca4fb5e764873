import { protos, type v1 } from "@google-cloud/pubsub";
import { Coalescer } from "../coalescer.ts";
import type { DependencyCalls } from "../dependency-calls.ts";
import { method, routedBy, unaryCall } from "../google-calls.ts";
import type { GoogleClient } from "../google-client.ts";

const { PublishRequest, PublishResponse } = protos.google.pubsub.v1;
const PUBLISH = method("google.pubsub.v1.Publisher/Publish", PublishRequest, PublishResponse);

interface OutgoingMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Pub/Sub takes 1,000 messages and 10 MB per request. A publish of one message costs six times its part of ten. */
const LIMITS = {
  maxItems: 1000,
  maxSize: 8 * 1024 * 1024,
  maxInFlight: 4,
  pace: { everyMs: 10, minItems: 50 },
};

/** A generous estimate of what attributes and framing add to the data of one message. */
const OVERHEAD_BYTES = 1024;

/** Publishes to one topic; messages that come at about the same time share a request. */
export class PubSubTopic {
  readonly #coalescer: Coalescer<OutgoingMessage>;

  /** @param topic its full name */
  constructor(client: GoogleClient<v1.PublisherClient>, calls: DependencyCalls, topic: string) {
    const metadata = routedBy("topic", topic);
    this.#coalescer = new Coalescer(
      { ...LIMITS, maxWaitMs: calls.maxWaitMs },
      ({ data }) => data.length + OVERHEAD_BYTES,
      (messages) =>
        calls.run({
          method: "publish",
          resource: topic,
          attempt: async (timeout) => {
            const request = { topic, messages: messages as OutgoingMessage[] };
            await unaryCall(await client.stub(), PUBLISH, request, timeout, metadata);
          },
          items: () => messages.length,
        }),
    );
  }

  /** Resolves once the message is durable. @throws UnavailableError */
  publish(message: OutgoingMessage): Promise<void> {
    return this.#coalescer.add(message);
  }

  /** Resolves once nothing is under way. */
  whenIdle(): Promise<void> {
    return this.#coalescer.whenIdle();
  }
}
