import type { MessageId } from "@dumbwaiter/core";

export interface Sent {
  readonly priority: number;
  /** When it was first sent to this socket, in milliseconds since the epoch. */
  readonly at: number;
}

const NONE: ReadonlyMap<MessageId, Sent> = new Map();

/** The messages sent to a socket and not yet acknowledged, oldest first. */
export class Window {
  /** Undefined while it is empty: a map takes memory before it holds anything. */
  #sent: Map<MessageId, Sent> | undefined;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#unacked.size;
  }

  /** How many more messages may be sent. */
  get free(): number {
    return Math.max(0, this.#max - this.#unacked.size);
  }

  get isFull(): boolean {
    return this.#unacked.size >= this.#max;
  }

  get isHalfFree(): boolean {
    return this.#unacked.size <= this.#max / 2;
  }

  has(id: MessageId): boolean {
    return this.#unacked.has(id);
  }

  add(id: MessageId, sent: Sent): void {
    this.#sent ??= new Map();
    if (!this.#sent.has(id)) this.#sent.set(id, sent);
  }

  /** When the oldest message was sent, in milliseconds since the epoch. */
  get oldestSentAt(): number | undefined {
    for (const { at } of this.#unacked.values()) return at;
    return undefined;
  }

  /** @returns whether it held the message */
  delete(id: MessageId): boolean {
    const held = this.#sent?.delete(id) ?? false;
    if (this.#sent?.size === 0) this.#sent = undefined;
    return held;
  }

  ids(): MessageId[] {
    return [...this.#unacked.keys()];
  }

  entries(): ReadonlyMap<MessageId, Sent> {
    return this.#unacked;
  }

  /** The oldest and a few random others, so that acks out of order are noticed too. */
  sample(others: number): MessageId[] {
    const [oldest, ...rest] = this.#unacked.keys();
    if (oldest === undefined) return [];
    const picked = new Set([oldest]);
    for (let pick = 0; pick < others && rest.length > 0; pick += 1) {
      picked.add(rest[Math.floor(Math.random() * rest.length)] as MessageId);
    }
    return [...picked];
  }

  get #unacked(): ReadonlyMap<MessageId, Sent> {
    return this.#sent ?? NONE;
  }
}
