import { Command } from "ioredis";

/** The hash slots of a Redis Cluster, over which keys and channels spread. Without a cluster, they only group these. */
export const SLOTS = 16_384;

/** @param name of a key or a channel */
export function slotOf(name: string): number {
  return new Command("ssubscribe", [name]).getSlot();
}

/** Whether a node has refused a command because, as far as it knows, the slot is another's. */
export function isMoved({ message }: Error): boolean {
  return message.startsWith("MOVED ");
}

/** Some of the slots. */
export class SlotSet {
  readonly #has = new Uint8Array(SLOTS);
  #size = 0;

  static of(isIn: (slot: number) => boolean): SlotSet {
    const slots = new SlotSet();
    slots.add(isIn);
    return slots;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(isIn: (slot: number) => boolean): void {
    for (let slot = 0; slot < SLOTS; slot += 1) {
      if (this.#has[slot] || !isIn(slot)) continue;
      this.#has[slot] = 1;
      this.#size += 1;
    }
  }

  has(slot: number): boolean {
    return this.#has[slot] === 1;
  }

  /** Whether the slot of this name is among them. */
  holds(name: string): boolean {
    return this.#size === SLOTS || (this.#size > 0 && this.has(slotOf(name)));
  }
}
