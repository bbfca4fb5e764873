import type { DatabaseSync } from "node:sqlite";
import { createOperations, RELAXED } from "./operations.ts";
import type { Call, Outcome } from "./protocol.ts";

/** Once over this a transaction takes no further call, so that nobody waits long for the others' work. */
const MAX_TRANSACTION_MS = 20;

/** What became of the calls of one transaction. */
export interface Group {
  readonly outcomes: readonly Outcome[];
  /** Whether the commit waited for the disk. */
  readonly durable: boolean;
}

/**
 * Makes the function that takes calls off the front of a list and runs them in one transaction, so that they share
 * one fsync. Each has a savepoint of its own: one that throws undoes nothing of the others. No outcome is known
 * before the commit; when that fails, nothing has happened.
 */
export function createGroupCommit(db: DatabaseSync): (waiting: Call[]) => Group {
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
      // A full disk or a failed read or write may have ended the whole transaction.
      if (!db.isTransaction) throw error;
      undo.run();
      release.run();
      return { id, error: String(error) };
    }
  }

  return (waiting) => {
    const durable = waiting.some(({ name }) => !RELAXED.has(name));
    const outcomes: Outcome[] = [];
    const started: Call[] = [];
    const until = performance.now() + MAX_TRANSACTION_MS;
    try {
      setSynchronous(durable ? "FULL" : "NORMAL");
      db.exec("BEGIN");
      for (const call of waiting) {
        started.push(call);
        outcomes.push(run(call));
        if (performance.now() > until) break;
      }
      db.exec("COMMIT");
      return { outcomes, durable };
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      if (started.length === 0) started.push(...waiting);
      return { outcomes: started.map(({ id }) => ({ id, error: String(error) })), durable: false };
    } finally {
      waiting.splice(0, started.length);
    }
  };
}
