import { setTimeout as sleep } from "node:timers/promises";
import { type MessageQueues, take, tokenBucket, waitMs } from "@dumbwaiter/core";
import { RecentUsers } from "../connection/recent-users.ts";

const MIB = 1024 * 1024;

/** In bytes of envelopes. More than a client on a fast network takes, and what a node hands on in a tenth of its time. */
const BUCKET = tokenBucket(16 * MIB, 8 * MIB);

class Pace {
  #fullAt: number | undefined;

  /** Resolves when a page may be read, and counts it as this large. */
  async take(bytes: number): Promise<void> {
    for (;;) {
      const wait = waitMs(BUCKET, this.#fullAt, performance.now());
      if (wait === 0) break;
      await sleep(wait, undefined, { ref: false });
    }
    this.#fullAt = take(BUCKET, this.#fullAt, performance.now(), bytes);
  }

  /** The page was smaller by this much. */
  giveBack(bytes: number): void {
    this.#fullAt = take(BUCKET, this.#fullAt, performance.now(), -bytes);
  }
}

/**
 * The same queues, of which each user reads at a bounded rate, over all sockets of a node: what many sockets read at
 * once, the kernel takes, and nothing else slows them down.
 */
export function readAtAPace(queues: MessageQueues): MessageQueues {
  const paces = new RecentUsers(() => new Pace());
  return {
    store: (requests) => queues.store(requests),
    async page(address, request) {
      const pace = paces.of(address.user);
      await pace.take(request.maxBytes);
      let read = 0;
      try {
        const page = await queues.page(address, request);
        read = page.messages.reduce((sum, { envelope }) => sum + envelope.length, 0);
        return page;
      } finally {
        pace.giveBack(request.maxBytes - Math.min(read, request.maxBytes));
      }
    },
    find: (address, id) => queues.find(address, id),
    stillQueued: (address, ids) => queues.stillQueued(address, ids),
    delete: (address, ids) => queues.delete(address, ids),
    purge: (address, before) => queues.purge(address, before),
  };
}
