import type { DatabaseSync } from "node:sqlite";
import { bytesIn, type CallQueue } from "./call-queue.ts";
import { createOperations, RELAXED } from "./operations.ts";
import type { Call, Outcome } from "./protocol.ts";

/**
 * After this time, or with so many bytes given or read, a transaction takes no further call, so that no call waits long
 * for others, and the answers are small.
 */
const MAX_TRANSACTION_MS = 20;
const MAX_TRANSACTION_BYTES = 1024 * 1024;

/** The outcomes of the calls in one transaction. */
export interface Group {
  readonly outcomes: readonly Outcome[];
  /** Whether the commit waited for the disk. */
  readonly durable: boolean;
}

/**
 * Returns a function that takes the calls that come next and runs them in one transaction, so that they share an fsync.
 * Each has its own savepoint: one that throws does not undo the others. Outcomes are known only after the commit; when
 * it fails, nothing has happened, and only what reads is answered. There is no outcome if all calls have to wait for the
 * processor, but not while closing.
 *
 * @param maxLargeIngressBytes while large messages of so many bytes wait for the processor, others wait to be accepted
 */
export function createGroupCommit(
  db: DatabaseSync,
  maxLargeIngressBytes = Number.POSITIVE_INFINITY,
  now = () => performance.now(),
): (waiting: CallQueue, closing?: boolean) => Group {
  const operations = createOperations(db);
  const savepoint = db.prepare("SAVEPOINT call");
  const release = db.prepare("RELEASE call");
  const undo = db.prepare("ROLLBACK TO call");
  let synchronous: "FULL" | "NORMAL" | undefined;

  function setSynchronous(wanted: "FULL" | "NORMAL"): void {
    if (wanted !== synchronous) db.exec(`PRAGMA synchronous = ${wanted}`);
    synchronous = wanted;
  }

  function run({ id, name, args }: Call): Outcome {
    savepoint.run();
    try {
      const value = (operations[name] as (...args: readonly unknown[]) => unknown)(...args);
      release.run();
      return { id, value };
    } catch (error) {
      // A full disk or an I/O error may have ended the whole transaction.
      if (!db.isTransaction) throw error;
      undo.run();
      release.run();
      return { id, error: String(error) };
    }
  }

  /** Answers what only reads, when the transaction of these calls has failed. */
  function readOnly(calls: readonly Call[], failure: unknown): Outcome[] {
    const refused = ({ id }: Call): Outcome => ({ id, error: String(failure) });
    try {
      db.exec("PRAGMA query_only = ON; BEGIN");
      const outcomes = calls.map((call) => {
        const outcome = run(call);
        return "error" in outcome ? refused(call) : outcome;
      });
      db.exec("COMMIT");
      return outcomes;
    } catch {
      if (db.isTransaction) db.exec("ROLLBACK");
      return calls.map(refused);
    } finally {
      db.exec("PRAGMA query_only = OFF");
    }
  }

  const acceptsLarge = () => operations.largeIngressBytes() < maxLargeIngressBytes;

  return (waiting, closing = false) => {
    const durable = waiting.some(({ name }) => !RELAXED.has(name));
    const outcomes: Outcome[] = [];
    const started: Call[] = [];
    let read = 0;
    const until = now() + MAX_TRANSACTION_MS;
    try {
      setSynchronous(durable ? "FULL" : "NORMAL");
      db.exec("BEGIN");
      for (const call of waiting.take(MAX_TRANSACTION_BYTES, closing ? undefined : acceptsLarge)) {
        started.push(call);
        const outcome = run(call);
        outcomes.push(outcome);
        const bytes = bytesIn(outcome);
        waiting.hasRead(bytes);
        read += bytes;
        if (read >= MAX_TRANSACTION_BYTES || now() > until) break;
      }
      db.exec("COMMIT");
      return { outcomes, durable };
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      if (started.length === 0) started.push(...waiting.take(Number.POSITIVE_INFINITY));
      return { outcomes: readOnly(started, error), durable: false };
    }
  };
}
