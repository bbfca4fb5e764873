export interface CoalescerLimits {
  /** Items in one request. */
  readonly maxItems: number;
  /** Sum of the items' sizes in one request; an item that is larger by itself goes alone. */
  readonly maxSize: number;
  /** Concurrent requests. Items that come meanwhile wait and share the next one. */
  readonly maxInFlight: number;
  /** When the next request begins: at once, unless this is given. */
  readonly pace?: {
    /** So long after the one before began, */
    readonly everyMs: number;
    /** or when so many items wait for it, or as much as one request takes. */
    readonly minItems: number;
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

const UNOBSERVED = { resolve() {}, reject() {} };

/**
 * Lets items that come at about the same time share requests. No timer delays a lone item: it is sent at the end of its
 * turn of the event loop. A request costs more than an item in it, so the items that follow gather until the next
 * request is worth it, or due. `p-limit` would bound the requests, but neither fill them nor fail what waits.
 */
export class Coalescer<Item> {
  readonly #send: (items: readonly Item[]) => Promise<unknown>;
  readonly #sizeOf: (item: Item) => number;
  readonly #limits: CoalescerLimits;
  readonly #waiting: Waiting<Item>[] = [];
  readonly #onIdle: (() => void)[] = [];
  #waitingSize = 0;
  #inFlight = 0;
  #lastBegan = Number.NEGATIVE_INFINITY;
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
    return new Promise((resolve, reject) => this.#wait(item, { resolve, reject }));
  }

  /**
   * Like `add`, without a promise for each item: `send` knows how the request ends. Not with `maxWaitMs`, which fails
   * items without a request.
   */
  post(item: Item): void {
    this.#wait(item, UNOBSERVED);
  }

  #wait(item: Item, { resolve, reject }: Pick<Waiting<Item>, "resolve" | "reject">): void {
    const size = this.#sizeOf(item);
    this.#waiting.push({ item, size, since: performance.now(), resolve, reject });
    this.#waitingSize += size;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Resolves once nothing waits and nothing is under way. Until then, requests begin at once. */
  async whenIdle(): Promise<void> {
    if (this.#waiting.length + this.#inFlight === 0) return;
    const idle = new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#pump();
    await idle;
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
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  /** Until the next request may begin. */
  #waitMs(): number {
    if (this.#waiting.length === 0) return Number.POSITIVE_INFINITY;
    const { pace, maxSize } = this.#limits;
    if (pace === undefined || this.#onIdle.length > 0) return 0;
    if (this.#waiting.length >= pace.minItems || this.#waitingSize >= maxSize) return 0;
    return Math.ceil(this.#lastBegan + pace.everyMs - performance.now());
  }

  async #sendNext(): Promise<void> {
    const batch = this.#take(this.#nextLength());
    this.#inFlight += 1;
    this.#lastBegan = performance.now();
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
    return this.#take(kept === -1 ? this.#waiting.length : kept);
  }

  #take(length: number): Waiting<Item>[] {
    const taken = this.#waiting.splice(0, length);
    for (const { size } of taken) this.#waitingSize -= size;
    return taken;
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
