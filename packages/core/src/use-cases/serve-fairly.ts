import { FairQueue } from "../model/limits/fair-queue.ts";
import { MAX_ACK_IDS } from "../model/limits/fixed-limits.ts";
import { type MessageQueues, NO_PAGE } from "../ports/message-queues.ts";

const WAITING = { maxWaitingPerUser: 1_000, maxWaitMs: 5_000 };

/** As many reads as Firestore's adapter makes at once, so that what waits, waits here. */
const READS = { ...WAITING, maxInFlight: 16, maxInFlightPerUser: 4 };

/** In ids: half of what one process deletes at once is left to others. */
const DELETES = { ...WAITING, maxInFlight: 4 * MAX_ACK_IDS, maxInFlightPerUser: 2 * MAX_ACK_IDS };

/** Each takes as long as its queue is: one of what Firestore's adapter deletes at once is left to acks. */
const PURGES = { ...WAITING, maxInFlight: 3, maxInFlightPerUser: 1 };

/**
 * The same queues, whose reads and deletes are served user by user, so that the flood of one holds up no other. One
 * for each process.
 */
export function serveFairly(queues: MessageQueues): MessageQueues {
  const reads = new FairQueue(READS);
  const deletes = new FairQueue(DELETES);
  const purges = new FairQueue(PURGES);
  return {
    store: (requests) => queues.store(requests),
    page: (address, request) =>
      reads.run(address.user, 1, async () => (request.isGone?.() ? NO_PAGE : queues.page(address, request))),
    find: (address, id) => reads.run(address.user, 1, () => queues.find(address, id)),
    stillQueued: (address, ids) => reads.run(address.user, 1, () => queues.stillQueued(address, ids)),
    delete: (address, ids) => deletes.run(address.user, ids.length, () => queues.delete(address, ids)),
    purge: (address, before) => purges.run(address.user, 1, () => queues.purge(address, before)),
  };
}
