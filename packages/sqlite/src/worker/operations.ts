import type { DatabaseSync } from "node:sqlite";
import { accessKeyOperations } from "./access-key-operations.ts";
import { deviceOperations } from "./device-operations.ts";
import { ingressOperations } from "./ingress-operations.ts";
import { lengthOperations } from "./length-operations.ts";
import { messageOperations } from "./message-operations.ts";
import { topicOperations } from "./topic-operations.ts";

/** All operations of the worker, by name. Arguments and results are cloned between the threads. */
export function createOperations(db: DatabaseSync) {
  const topics = topicOperations(db);
  return {
    ...messageOperations(db),
    ...deviceOperations(db),
    ...accessKeyOperations(db),
    ...ingressOperations(db, topics.putDeadLetter),
    ...topics,
    ...lengthOperations(db),
  };
}

export type Operations = ReturnType<typeof createOperations>;

/**
 * Operations that survive the end of the process but maybe not that of the machine, and so wait for no fsync: a record
 * whose lease or ack is lost is redelivered, and what has expired expires again.
 */
export const RELAXED: ReadonlySet<keyof Operations> = new Set([
  "leaseIngress",
  "ackIngress",
  "clearExpiredMessages",
  "clearExpiredDeadLetters",
]);
