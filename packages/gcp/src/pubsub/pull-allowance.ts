export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** What one stream may have leased; it keeps the leases of its messages apart from those of other streams. */
export interface Grant extends Amount {
  /** Counts a message that the stream brought. @returns tells, once, that its lease has ended */
  take(bytes: number): () => void;
  /** The stream has ended. The leases of its messages have not. */
  end(): void;
}

/**
 * Divides one allowance among pull streams. Pub/Sub counts the leases of each stream on its own and forgets them when
 * the stream ends, so those leases are taken off what the next stream may ask for.
 */
export class PullAllowance {
  readonly #share: Amount;
  #free: Amount;
  #open = 0;
  #closed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(total: Amount, streams: number) {
    this.#share = {
      messages: Math.max(1, Math.floor(total.messages / streams)),
      bytes: Math.max(1, Math.floor(total.bytes / streams)),
    };
    this.#free = total;
  }

  /**
   * Waits until a share is free; when no stream is open, half of one is enough. A stream keeps what it asked for until
   * it ends, so it asks for little only when there would be none.
   *
   * @returns at most a share; nothing once it is closed
   */
  async grant(): Promise<Grant | undefined> {
    while (!this.#closed && !this.#hasRoom()) await new Promise<void>((wake) => this.#waiting.push(wake));
    if (this.#closed) return;
    const messages = Math.min(this.#share.messages, this.#free.messages);
    const bytes = Math.min(this.#share.bytes, this.#free.bytes);
    this.#open += 1;
    this.#release({ messages: -messages, bytes: -bytes });
    return this.#granted({ messages, bytes });
  }

  close(): void {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #granted(granted: Amount): Grant {
    let ended = false;
    let { messages, bytes } = granted;
    return {
      ...granted,
      take: (size) => {
        messages -= 1;
        bytes -= size;
        return () => {
          messages += 1;
          bytes += size;
          if (ended) this.#release({ messages: 1, bytes: size });
        };
      },
      end: () => {
        if (ended) return;
        ended = true;
        this.#open -= 1;
        this.#release({ messages, bytes });
      },
    };
  }

  #release({ messages, bytes }: Amount): void {
    this.#free = { messages: this.#free.messages + messages, bytes: this.#free.bytes + bytes };
    if (this.#hasRoom()) this.#waiting.shift()?.();
  }

  #hasRoom(): boolean {
    const part = this.#open === 0 ? 0.5 : 1;
    return this.#free.messages >= this.#share.messages * part && this.#free.bytes >= this.#share.bytes * part;
  }
}
