import type { DatabaseSync } from "node:sqlite";
import type { DeviceId, UserId } from "@dumbwaiter/core";

/** Rows counted at most, so that a long queue holds up no other call. */
const MAX_COUNTED = 10_000;

export function lengthOperations(db: DatabaseSync) {
  const ofQueues = db.prepare(
    `SELECT id, (SELECT count(*) FROM
       (SELECT 1 FROM message WHERE user = device.user AND queue = device.queue LIMIT ${MAX_COUNTED})) AS length
     FROM device WHERE user = ? ORDER BY id`,
  );
  const ofIngress = db.prepare(`SELECT count(*) AS length FROM (SELECT 1 FROM ingress LIMIT ${MAX_COUNTED})`);

  return {
    queueLengths(user: UserId): Map<DeviceId, number> {
      return new Map(ofQueues.all(user).map(({ id, length }) => [id as DeviceId, Number(length)]));
    },

    ingressLength(): number {
      return Number(ofIngress.get()?.length);
    },
  };
}
