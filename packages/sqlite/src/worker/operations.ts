import type { DatabaseSync } from "node:sqlite";
import { deviceOperations } from "./device-operations.ts";
import { ingressOperations } from "./ingress-operations.ts";
import { messageOperations } from "./message-operations.ts";
import { topicOperations } from "./topic-operations.ts";

/** All that the worker does with the database, by name. Arguments and results are cloned between the threads. */
export function createOperations(db: DatabaseSync) {
  const topics = topicOperations(db);
  return {
    ...messageOperations(db),
    ...deviceOperations(db),
    ...ingressOperations(db, topics.putDeadLetter),
    ...topics,
  };
}

export type Operations = ReturnType<typeof createOperations>;

/**
 * Survive the end of the process but perhaps not that of the machine, so that they wait for no fsync: a record
 * whose lease or ack is forgotten comes again, what has expired expires again.
 */
export const RELAXED: ReadonlySet<keyof Operations> = new Set([
  "leaseIngress",
  "ackIngress",
  "clearExpiredMessages",
  "clearExpiredDeadLetters",
]);
