import type { Mutant } from "./mutant.ts";

const SRC = "packages/sqlite/src";
const GROUP_COMMIT = `${SRC}/worker/group-commit.test.ts`;
const CONTRACTS = `${SRC}/sqlite-contracts.test.ts`;
const POWER_LOSS = `${SRC}/power-loss.outages.test.ts`;

/** What is answered is on the disk. */
export const SQLITE_MUTANTS: readonly Mutant[] = [
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: 'setSynchronous(durable ? "FULL" : "NORMAL");',
    to: 'setSynchronous("NORMAL");',
    test: GROUP_COMMIT,
    name: "waits for the disk when a call must survive",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: 'setSynchronous(durable ? "FULL" : "NORMAL");',
    to: 'setSynchronous("NORMAL");',
    test: POWER_LOSS,
    name: "has each change on the disk",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "db.exec(`PRAGMA synchronous",
    to: "db.exec(`PRAGMA synchronous = OFF; --",
    test: GROUP_COMMIT,
    name: "waits for the disk when a call must survive",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "db.exec(`PRAGMA synchronous",
    to: "db.exec(`PRAGMA synchronous = OFF; --",
    test: POWER_LOSS,
    name: "has each change on the disk",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "if (wanted !== synchronous) db.exec",
    to: "if (synchronous === undefined) db.exec",
    test: GROUP_COMMIT,
    name: "waits for the disk when a call must survive",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "waiting.some(({ name }) => !RELAXED.has(name));",
    to: "!waiting.some(({ name }) => RELAXED.has(name));",
    test: GROUP_COMMIT,
    name: "waits for the disk when a call must survive",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "      undo.run();",
    to: "",
    test: GROUP_COMMIT,
    name: "undoes all of a call that fails",
  },
  {
    file: `${SRC}/worker/group-commit.ts`,
    from: "outcomes: readOnly(started, error)",
    to: "outcomes: started.map(({ id }) => ({ id, error: String(error) }))",
    test: GROUP_COMMIT,
    name: "answers what only reads when a commit fails, and refuses the rest",
  },
  {
    file: `${SRC}/worker/operations.ts`,
    from: '"leaseIngress",',
    to: '"leaseIngress", "deleteMessages",',
    test: GROUP_COMMIT,
    name: "relaxes nothing but what comes again",
  },
  {
    file: `${SRC}/worker/operations.ts`,
    from: '"leaseIngress",',
    to: '"leaseIngress", "deleteMessages",',
    test: POWER_LOSS,
    name: "has each change on the disk",
  },
  {
    file: `${SRC}/worker/operations.ts`,
    from: '"leaseIngress",',
    to: '"leaseIngress", "putDeadLetter",',
    test: GROUP_COMMIT,
    name: "relaxes nothing but what comes again",
  },
  {
    file: `${SRC}/worker/open-database.ts`,
    from: "synchronous = FULL",
    to: "synchronous = NORMAL",
    test: `${SRC}/worker/open-database.test.ts`,
    name: "waits for the disk from the first",
  },
  {
    file: `${SRC}/worker/message-operations.ts`,
    from: 'db.prepare("DELETE FROM message WHERE user = ? AND queue = ? AND id = ?")',
    to: 'db.prepare("DELETE FROM message WHERE user = ? AND ? <> char(0) AND id = ?")',
    test: CONTRACTS,
    name: "puts one message into several queues",
  },
  {
    file: `${SRC}/worker/message-operations.ts`,
    from: "WHERE user = ? AND queue = ? AND place <= ? ORDER",
    to: "WHERE user = ? AND ? <> char(0) AND place <= ? ORDER",
    test: CONTRACTS,
    name: "purges one queue and no other",
  },
  {
    file: `${SRC}/worker/message-operations.ts`,
    from: "stored_at >= ? ORDER",
    to: "stored_at > ? ORDER",
    test: `${SRC}/worker/message-operations.test.ts`,
    name: "just as old as it may be",
  },
  {
    file: `${SRC}/worker/message-operations.ts`,
    from: "WHERE stored_at < ? LIMIT",
    to: "WHERE stored_at <= ? LIMIT",
    test: `${SRC}/worker/message-operations.test.ts`,
    name: "just as old as it may be",
  },
  {
    file: `${SRC}/worker/ingress-operations.ts`,
    from: "row.attempts >= MAX_DELIVERY_ATTEMPTS",
    to: "row.attempts > MAX_DELIVERY_ATTEMPTS",
    test: `${SRC}/sqlite-behaviour.test.ts`,
    name: "hands a record out 100 times",
  },
  {
    file: `${SRC}/worker/ingress-operations.ts`,
    from: "for (const { seq } of rows) count.run(seq);",
    to: "",
    test: `${SRC}/sqlite-behaviour.test.ts`,
    name: "hands a record out 100 times",
  },
  {
    file: `${SRC}/sqlite-ingress-dispatcher.ts`,
    from: ".catch(() => this.#return(seqs, RETRY_MS))",
    to: ".catch(() => {})",
    test: `${SRC}/sqlite-ingress.test.ts`,
    name: "hands out again what could not be acked",
  },
  {
    file: `${SRC}/sqlite-ingress-dispatcher.ts`,
    from: "this.#behind = true;",
    to: "",
    test: `${SRC}/sqlite-ingress.test.ts`,
    name: "counts one attempt of what is published while it reads again after a failure",
  },
  {
    file: `${SRC}/sqlite-ingress-dispatcher.ts`,
    from: "record.seq === this.#after + 1 &&",
    to: "record.seq > this.#after &&",
    test: `${SRC}/sqlite-ingress.test.ts`,
    name: "also hands out an earlier record that it was not told about",
  },
  {
    file: `${SRC}/sqlite-ingress-dispatcher.ts`,
    from: "this.#return(held);",
    to: "",
    test: CONTRACTS,
    name: "gives back on close what was not acked",
  },
];
