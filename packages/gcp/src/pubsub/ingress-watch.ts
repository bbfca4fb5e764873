import { UnavailableError } from "@dumbwaiter/core";
import type { v1 } from "@google-cloud/pubsub";
import { status } from "@grpc/grpc-js";
import type { GoogleClient } from "../google-client.ts";
import type { SetupFault } from "../setup-faults.ts";

/** How soon a subscription that is deleted, or created again, is noticed. */
export const INGRESS_WATCH_MS = 10_000;
const TIMEOUT_MS = 5_000;

const FORBIDDEN: readonly unknown[] = [status.PERMISSION_DENIED, status.UNAUTHENTICATED];

/**
 * Looks whether the ingress topic has a subscription. Without one, Pub/Sub accepts what is published, and drops it. A
 * look that fails changes nothing; one that is forbidden, for want of `roles/pubsub.viewer` on the topic for example, is
 * not held against the topic.
 */
export class IngressWatch {
  readonly #client: GoogleClient<v1.PublisherClient>;
  readonly #topic: string;
  readonly #onSetupFault: ((fault: SetupFault) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #missing: SubscriptionMissingError | undefined;
  #stopped = false;

  /** @param topic its full name */
  constructor(
    client: GoogleClient<v1.PublisherClient>,
    topic: string,
    onSetupFault?: (fault: SetupFault) => void,
  ) {
    this.#client = client;
    this.#topic = topic;
    this.#onSetupFault = onSetupFault;
  }

  /** Whether it is known that there is no subscription. */
  get isMissing(): boolean {
    return this.#missing !== undefined;
  }

  /** Looks now and every {@link INGRESS_WATCH_MS}. Resolves once it has looked, or that took too long. */
  async start(): Promise<void> {
    if (this.#stopped) return;
    await this.#look().catch(({ code }: { code?: status }) => {
      if (FORBIDDEN.includes(code)) this.#missing = undefined;
    });
    if (!this.#stopped) this.#timer = setTimeout(() => void this.start(), INGRESS_WATCH_MS).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** @throws UnavailableError if what is published now would be lost */
  refuseIfMissing(): void {
    if (this.#missing !== undefined) throw new UnavailableError("pubsub", this.#missing);
  }

  async #look(): Promise<void> {
    const topic = this.#topic;
    const client = await this.#client.ready();
    const [names, , response] = await client.listTopicSubscriptions(
      { topic, pageSize: 1 },
      { timeout: TIMEOUT_MS, retry: null, autoPaginate: false },
    );
    const isSubscribed = names.length > 0 || Boolean(response?.nextPageToken);
    this.#missing = isSubscribed ? undefined : new SubscriptionMissingError(topic);
    if (this.#missing === undefined || this.#stopped) return;
    const call = { dependency: "pubsub", method: "listTopicSubscriptions", resource: topic } as const;
    this.#onSetupFault?.({ ...call, code: "NOT_FOUND", error: this.#missing });
  }
}

class SubscriptionMissingError extends Error {
  readonly code = status.NOT_FOUND;

  constructor(topic: string) {
    super(`5 NOT_FOUND: ${topic} has no subscription`);
  }
}
