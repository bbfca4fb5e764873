import type { Client, Message as Handed } from "@dumbwaiter/client";
import { type Kind, type Place, type ReceivedMessage, USERS, urnOf, userOf } from "../model.ts";
import { openEnvelope } from "../sealing/envelope.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";

/** From this priority on a message is urgent. */
const HIGH_PRIORITY = 5;

/**
 * Opens what arrives, saves it, and then acknowledges it. What cannot be opened, because it was sealed for other keys, is
 * not acknowledged: it stays in the queue, and comes again with the next connection, until somebody discards it. An
 * ephemeral one is in no queue, and is dropped.
 */
export class Receiver {
  readonly #place: Place;
  readonly #dependencies: DeviceDependencies;
  readonly #changed: (note?: string) => void;
  readonly #unopened = new Map<string, Handed>();
  #received = 0;

  constructor(place: Place, dependencies: DeviceDependencies, changed: (note?: string) => void) {
    this.#place = place;
    this.#dependencies = dependencies;
    this.#changed = changed;
  }

  get counts() {
    return { received: this.#received, unopened: this.#unopened.size };
  }

  async count(): Promise<void> {
    this.#received = await this.#dependencies.messages.count(this.#place, "received");
  }

  /** Returns when the client is closed. */
  async receive(client: Client): Promise<void> {
    const failed = (error: Error) => this.#changed(error.message);
    try {
      // Not one after the other: what arrives together is saved together.
      for await (const handed of client.messages()) void this.#take(handed).catch(failed);
    } catch (error) {
      failed(error as Error);
    }
  }

  /** Deletes from the queue what cannot be opened. */
  discardUnopened(): void {
    for (const handed of this.#unopened.values()) {
      void handed.ack().catch((error: Error) => this.#changed(error.message));
    }
    this.forgetUnopened();
  }

  forgetUnopened(): void {
    this.#unopened.clear();
    this.#changed();
  }

  async #take(handed: Handed): Promise<void> {
    const opened = await this.#open(handed);
    if (opened === undefined) {
      if (handed.envelope.isEphemeral) return;
      this.#unopened.set(handed.id, handed);
      this.#changed();
      return;
    }
    const { channel, messages } = this.#dependencies;
    const isNew = await messages.saveReceived(opened);
    await handed.ack();
    if (!isNew) return;
    this.#received += 1;
    channel.emit({ type: "message", message: opened });
    channel.emit({ type: "arrived", place: this.#place });
    this.#changed();
  }

  async #open({ id, envelope }: Handed): Promise<ReceivedMessage | undefined> {
    const { keys } = this.#dependencies;
    const userWith = (urn: string) => USERS.find((user) => urnOf(user) === urn);
    const signingKeyOf = (urn: string) => {
      const user = userWith(urn);
      return user && keys[user].signing.publicKey;
    };
    const own = keys[userOf(this.#place)];
    const opened = await openEnvelope(envelope, own, signingKeyOf).catch(() => undefined);
    const from = opened && userWith(opened.from);
    if (opened === undefined || from === undefined) return undefined;
    const { text, fromDevice } = opened;
    const kind = kindOf(envelope);
    return {
      direction: "received",
      place: this.#place,
      key: id,
      text,
      from,
      fromDevice,
      kind,
      at: Date.now(),
    };
  }
}

function kindOf({ isEphemeral, priority = 0 }: Handed["envelope"]): Kind {
  if (isEphemeral) return "ephemeral";
  return priority >= HIGH_PRIORITY ? "urgent" : "normal";
}
