import { type Clock, type IngressConsumer, type IngressPublisher, UnavailableError } from "@dumbwaiter/core";
import { ownBytes, type SqliteDatabase } from "./sqlite-database.ts";
import { createIngressDispatcher, type IngressLimits } from "./sqlite-ingress-dispatcher.ts";

export interface SqliteIngress {
  readonly publisher: IngressPublisher;
  /** One more consumer of the same records. */
  createConsumer(limits: IngressLimits): IngressConsumer;
}

/** Records that wait for the disk at most; over this the disk has stopped, and memory is not to fill instead. */
const MAX_BYTES_UNDER_WAY = 256 * 1024 * 1024;

/** The ingress in the database, for publishers and consumers of one process. */
export function createSqliteIngress(database: SqliteDatabase, clock: Clock): SqliteIngress {
  const dispatcher = createIngressDispatcher(database, clock);
  const underWay = new Set<Promise<void>>();
  let bytesUnderWay = 0;
  let closed = false;

  return {
    createConsumer: dispatcher.createConsumer,
    publisher: {
      async publish({ data, attributes }) {
        if (closed || bytesUnderWay > MAX_BYTES_UNDER_WAY) throw new UnavailableError("sqlite");
        bytesUnderWay += data.length;
        const done = database.call("publishIngress", ownBytes(data), JSON.stringify(attributes), clock.now());
        underWay.add(done);
        try {
          await done;
        } finally {
          underWay.delete(done);
          bytesUnderWay -= data.length;
          // Also when it failed: what was not known in time may have been written all the same.
          dispatcher.wake();
        }
      },
      async close() {
        closed = true;
        await Promise.allSettled(underWay);
      },
    },
  };
}
