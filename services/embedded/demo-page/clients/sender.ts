import { type Client, DumbwaiterError } from "@dumbwaiter/client";
import { type Place, peerOf, type SentMessage, userOf } from "../model.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";

/** Sends under way at once. */
const MAX_IN_FLIGHT = 16;

/** Sends what is in the page's storage and not yet answered, while there is a client. */
export class Sender {
  readonly #place: Place;
  readonly #dependencies: DeviceDependencies;
  readonly #changed: (note?: string) => void;
  #client: Client | undefined;
  #waiting: SentMessage[] = [];
  /** The keys of those that wait or are under way. */
  readonly #known = new Set<string>();
  #inFlight = 0;
  #sent = 0;

  constructor(place: Place, dependencies: DeviceDependencies, changed: (note?: string) => void) {
    this.#place = place;
    this.#dependencies = dependencies;
    this.#changed = changed;
  }

  get counts() {
    return { sending: this.#known.size, sent: this.#sent };
  }

  async count(): Promise<void> {
    this.#sent = await this.#dependencies.messages.count(this.#place, "sent");
  }

  use(client: Client | undefined): void {
    this.#client = client;
    this.#sendMore();
  }

  /** Finds what has been added to the storage. */
  async look(): Promise<void> {
    for (const message of await this.#dependencies.messages.unanswered(this.#place)) {
      if (this.#known.has(message.key)) continue;
      this.#known.add(message.key);
      this.#waiting.push(message);
    }
    await this.count();
    this.#sendMore();
  }

  #sendMore(): void {
    while (this.#client && this.#inFlight < MAX_IN_FLIGHT) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#inFlight += 1;
      void this.#send(this.#client, message).finally(() => {
        this.#inFlight -= 1;
        this.#sendMore();
      });
    }
  }

  async #send(client: Client, message: SentMessage): Promise<void> {
    const { envelope, ...rest } = message;
    if (envelope === undefined) return;
    const { channel, accessKeys } = this.#dependencies;
    const isAnonymous = message.isAnonymous === true;
    channel.emit({ type: "posted", place: this.#place, envelope, isAnonymous });
    try {
      const { id } = await client.send(envelope, {
        idempotencyKey: message.key,
        ...(isAnonymous && { accessKey: accessKeys[peerOf(userOf(this.#place))] }),
        onRetry: ({ message: reason, code }) => this.#changed(`${reason} (${code}); sent again soon`),
      });
      await this.#finish({ ...rest, state: "stored", id });
      this.#changed();
    } catch (error) {
      if (client === this.#client) this.#changed((error as Error).message);
      if (!(error instanceof DumbwaiterError)) {
        this.#known.delete(message.key); // the answer could not be saved: the next look sends it again
      } else if (client !== this.#client || error.retryable || error.code === "closed") {
        // The client has ended, or it was not answered in time: the same key makes the next attempt the same message.
        this.#waiting.unshift(message);
      } else await this.#finish({ ...rest, state: "refused", reason: error.message });
    }
  }

  async #finish(message: SentMessage): Promise<void> {
    await this.#dependencies.messages.saveSent(message);
    this.#known.delete(message.key);
    this.#dependencies.channel.emit({ type: "message", message });
  }
}
