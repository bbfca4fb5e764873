import { setTimeout as sleep } from "node:timers/promises";
import type { DeadLetter } from "@dumbwaiter/core";
import { v1 } from "@google-cloud/pubsub";
import { type ServiceError, status } from "@grpc/grpc-js";
import { DependencyCalls } from "../dependency-calls.ts";
import { GoogleClient } from "../google-client.ts";
import { googleClientOptions } from "../google-client-options.ts";
import { DEAD_LETTER_ACK_DEADLINE_SECONDS } from "../resources/index.ts";
import { wholeMs } from "../whole-ms.ts";
import { openPubSub, type PubSub } from "./open-pubsub.ts";
import { deadLetterOf } from "./pubsub-dead-letters.ts";
import type { ReceivedMessage } from "./pubsub-pull-streams.ts";
import { type PubSubSettings, pubSubNames } from "./pubsub-settings.ts";
import { PubSubSubscription } from "./pubsub-subscription.ts";

export interface KeptLetter extends DeadLetter {
  /** Pub/Sub's own id of the letter: a record with invalid attributes may have no message id. */
  readonly letterId: string;
  /** When it was given up on, in milliseconds since the epoch. */
  readonly givenUpAt: number;
}

/**
 * How long nothing new comes before the subscription counts as empty. Pub/Sub may answer pulls with nothing although
 * there are letters; its emulator does not.
 */
const QUIET_MS = 15_000;
const EMULATOR_QUIET_MS = 3_000;
const PULL_SIZE = 100;
/** Between pulls that are answered with nothing. */
const PAUSE_MS = 250;

interface InboxSettings extends PubSubSettings {
  readonly quietMs?: number;
}

/** The subscription that keeps dead letters, for people to list and to replay. */
export class DeadLetterInbox {
  readonly #pubsub: PubSub;
  readonly #client: GoogleClient<v1.SubscriberClient>;
  readonly #calls: DependencyCalls;
  readonly #name: string;
  readonly #subscription: PubSubSubscription;
  readonly #quietMs: number;

  constructor(settings: InboxSettings) {
    this.#quietMs = settings.quietMs ?? (settings.emulatorHost ? EMULATOR_QUIET_MS : QUIET_MS);
    this.#pubsub = openPubSub(settings);
    const options = googleClientOptions(settings);
    this.#client = new GoogleClient(() => new v1.SubscriberClient(options), settings);
    this.#calls = new DependencyCalls("pubsub", settings);
    this.#name = pubSubNames(settings).deadLetterSubscription;
    this.#subscription = new PubSubSubscription(
      this.#client,
      this.#calls,
      this.#name,
      DEAD_LETTER_ACK_DEADLINE_SECONDS,
    );
  }

  /** Shows each letter once and keeps them all. @throws UnavailableError; Error when there is no subscription */
  async list(show: (letter: KeptLetter) => void): Promise<void> {
    await this.#visit(async (letter) => {
      show(letter);
      return false;
    });
  }

  /**
   * Publishes the chosen records to the ingress topic again, unchanged, and removes their letters. A record that is
   * given up on again meanwhile becomes a new letter, which stays.
   *
   * @returns the number of records published
   * @throws UnavailableError: some records may have been published, and may be published again
   */
  async replay(isChosen: (letter: KeptLetter) => boolean): Promise<number> {
    let replayed = 0;
    const begunAt = Date.now();
    await this.#visit(async (letter) => {
      if (letter.givenUpAt > begunAt || !isChosen(letter)) return false;
      await this.#pubsub.publisher.publish(letter.record);
      replayed += 1;
      return true;
    });
    return replayed;
  }

  async close(): Promise<void> {
    await Promise.all([this.#pubsub.close(), this.#client.close()]);
  }

  /** @param visit returns whether to remove the letter */
  async #visit(visit: (letter: KeptLetter) => Promise<boolean>): Promise<void> {
    const seen = new Set<string>();
    const kept: string[] = [];
    try {
      for (let quietSince = performance.now(); ; ) {
        const leftMs = this.#quietMs - (performance.now() - quietSince);
        if (leftMs <= 0) break;
        const received = await this.#pull(leftMs);
        if (received.length === 0) await sleep(PAUSE_MS);
        await Promise.all(
          received.map(async (message) => {
            const letter = keptLetterOf(message);
            const ackId = message.ackId ?? "";
            if (seen.has(letter.letterId)) return kept.push(ackId);
            seen.add(letter.letterId);
            quietSince = performance.now();
            return (await visit(letter)) ? this.#subscription.ack(ackId) : kept.push(ackId);
          }),
        );
      }
    } finally {
      await Promise.all(kept.map((ackId) => this.#subscription.nack(ackId)));
    }
  }

  async #pull(timeout: number): Promise<ReceivedMessage[]> {
    try {
      const [{ receivedMessages }] = await this.#calls.run({
        method: "pull",
        resource: this.#name,
        attempt: async () =>
          (await this.#client.ready()).pull(
            { subscription: this.#name, maxMessages: PULL_SIZE },
            { timeout, retry: null },
          ),
        items: ([{ receivedMessages }]) => receivedMessages?.length ?? 0,
        expected: [status.DEADLINE_EXCEEDED, status.NOT_FOUND],
      });
      return receivedMessages ?? [];
    } catch (error) {
      const { code } = error as ServiceError;
      if (code === status.DEADLINE_EXCEEDED) return [];
      if (code === status.NOT_FOUND) throw new Error(`${this.#name} not found`, { cause: error });
      throw error;
    }
  }
}

function keptLetterOf({ message }: ReceivedMessage): KeptLetter {
  const { data, attributes, messageId, publishTime } = message ?? {};
  return {
    ...deadLetterOf({ data: data as Buffer, attributes: attributes ?? {} }),
    letterId: messageId ?? "",
    givenUpAt: wholeMs(publishTime ?? {}),
  };
}
