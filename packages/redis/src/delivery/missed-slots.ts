import type { MayHaveMissed } from "@dumbwaiter/core";
import { SlotSet } from "../connection/hash-slots.ts";
import { deliveryChannel } from "./delivery-channel.ts";

/** Signs of a loss tend to come several at once; together they cause one resync. */
const COALESCE_MS = 250;

/** Collects the hash slots whose devices may have missed deliveries, and tells its listeners soon after the first. */
export class MissedSlots {
  readonly #keyPrefix: string;
  readonly #listeners: ((mayHaveMissed: MayHaveMissed) => void)[] = [];
  #slots = new SlotSet();
  #timer: NodeJS.Timeout | undefined;

  constructor(keyPrefix: string) {
    this.#keyPrefix = keyPrefix;
  }

  onMissed(listener: (mayHaveMissed: MayHaveMissed) => void): void {
    this.#listeners.push(listener);
  }

  add(isMissed: (slot: number) => boolean): void {
    this.#slots.add(isMissed);
    if (!this.#slots.isEmpty) this.#timer ??= setTimeout(() => this.#tell(), COALESCE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#timer = undefined;
    const slots = this.#slots;
    this.#slots = new SlotSet();
    for (const listener of this.#listeners) {
      listener((address) => slots.holds(deliveryChannel(this.#keyPrefix, address)));
    }
  }
}
