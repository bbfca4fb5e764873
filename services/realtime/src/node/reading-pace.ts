import { type MessagePage, type MessageQueues, NO_PAGE } from "@dumbwaiter/core";
import { PacedTurns, type RecentUsers } from "@dumbwaiter/service";
import { Pace } from "./pace.ts";

/** What a read counts as, however little it returns: sockets that fill up and catch up again cost the store as much. */
const MIN_READ_BYTES = 64 * 1024;

/** Of the sockets of all users: what takes a node a third of its time. */
const BYTES_PER_SECOND = 32 * 1024 * 1024;

/**
 * The same queues, of which each user reads at a bounded rate, over all sockets of a node: what many sockets read at
 * once, the kernel takes, and nothing else slows them down.
 */
export function readAtAPace(queues: MessageQueues, paces: RecentUsers<Pace>): MessageQueues {
  return {
    store: (requests) => queues.store(requests),
    async page(address, request) {
      const pace = paces.of(address.user);
      const expected = Math.min(request.maxBytes, Pace.MAX_BYTES);
      if (!(await pace.take(expected, request.isGone))) return NO_PAGE;
      let read = MIN_READ_BYTES;
      try {
        const page = await queues.page(address, request);
        read = page === NO_PAGE ? 0 : Math.max(bytesOf(page), MIN_READ_BYTES);
        return page;
      } finally {
        pace.add(read - expected);
      }
    },
    find: (address, id) => queues.find(address, id),
    stillQueued: (address, ids) => queues.stillQueued(address, ids),
    delete: (address, ids) => queues.delete(address, ids),
    purge: (address, before) => queues.purge(address, before),
  };
}

/**
 * The same queues, whose pages are handed out at a bounded rate, those of the users in turn. Within
 * `serveFairly`, which bounds how many wait, and so the memory that they take.
 */
export function readInTurn(queues: MessageQueues): MessageQueues {
  const turns = new PacedTurns(BYTES_PER_SECOND);
  return {
    store: (requests) => queues.store(requests),
    async page(address, request) {
      const page = await queues.page(address, request);
      await turns.next(address.user, bytesOf(page), request.isGone);
      return page;
    },
    find: (address, id) => queues.find(address, id),
    stillQueued: (address, ids) => queues.stillQueued(address, ids),
    delete: (address, ids) => queues.delete(address, ids),
    purge: (address, before) => queues.purge(address, before),
  };
}

function bytesOf({ messages }: MessagePage): number {
  return messages.reduce((sum, { envelope }) => sum + envelope.length, 0);
}
