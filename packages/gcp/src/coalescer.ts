export interface CoalescerLimits {
  /** Items in one request. */
  readonly maxItems: number;
  /** Sum of the items' sizes in one request; an item that is larger by itself goes alone. */
  readonly maxSize: number;
  /** Concurrent requests. Items that come meanwhile wait and share the next one. */
  readonly maxInFlight: number;
  /** When a request begins beside others: at once, unless this is given. */
  readonly beside?: {
    /** When so many items wait for it, */
    readonly minItems: number;
    /** or when the first of them has waited for so long. */
    readonly afterMs: number;
  };
  /**
   * Items that have waited for so long fail with a request that fails, so that no caller waits for one request to time
   * out only to join the next that does. Others wait on: the request may have failed for reasons of its own.
   */
  readonly maxWaitMs?: number;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly size: number;
  readonly since: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Lets items that come at about the same time share requests. No timer delays the first request: a lone item is sent
 * at the end of its turn of the event loop. Under load items gather while requests are under way: a request costs more
 * than an item in it, so those beside the first wait a moment to be worth it. `p-limit` would bound the requests, but
 * neither fill them nor fail what waits.
 */
export class Coalescer<Item> {
  readonly #send: (items: readonly Item[]) => Promise<unknown>;
  readonly #sizeOf: (item: Item) => number;
  readonly #limits: CoalescerLimits;
  readonly #waiting: Waiting<Item>[] = [];
  readonly #onIdle: (() => void)[] = [];
  #inFlight = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    limits: CoalescerLimits,
    sizeOf: (item: Item) => number,
    send: (items: readonly Item[]) => Promise<unknown>,
  ) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
    this.#send = send;
  }

  /** Settles as the request with the item does. */
  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size: this.#sizeOf(item), since: performance.now(), resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#pump();
      });
    });
  }

  /** Resolves once nothing waits and nothing is under way. */
  async whenIdle(): Promise<void> {
    if (this.#waiting.length + this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #pump(): void {
    while (this.#inFlight < this.#limits.maxInFlight && this.#waitMs() <= 0) void this.#sendNext();
    if (this.#inFlight < this.#limits.maxInFlight && this.#waiting.length > 0) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, this.#waitMs());
    }
    if (this.#waiting.length + this.#inFlight === 0) {
      for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  /** Until the next request begins, unless those under way end before. */
  #waitMs(): number {
    const [first] = this.#waiting;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const { beside } = this.#limits;
    if (beside === undefined || this.#inFlight === 0 || this.#waiting.length >= beside.minItems) return 0;
    return Math.ceil(first.since + beside.afterMs - performance.now());
  }

  async #sendNext(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#nextLength());
    this.#inFlight += 1;
    try {
      await this.#send(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of [...batch, ...this.#takeOverdue()]) reject(error);
    }
    this.#inFlight -= 1;
    this.#pump();
  }

  #takeOverdue(): Waiting<Item>[] {
    const overdue = performance.now() - (this.#limits.maxWaitMs ?? Number.POSITIVE_INFINITY);
    const kept = this.#waiting.findIndex(({ since }) => since > overdue);
    return this.#waiting.splice(0, kept === -1 ? this.#waiting.length : kept);
  }

  #nextLength(): number {
    const { maxItems, maxSize } = this.#limits;
    let length = 0;
    let size = 0;
    for (const next of this.#waiting) {
      size += next.size;
      if (length === maxItems || (size > maxSize && length > 0)) break;
      length += 1;
    }
    return length;
  }
}
