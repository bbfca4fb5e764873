import fs from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import type { MessageId } from "@dumbwaiter/core";
import { freshId, freshQueue } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../../testing/temporary-store.ts";
import { CallQueue } from "./call-queue.ts";
import { createGroupCommit, type Group } from "./group-commit.ts";
import { openDatabase } from "./open-database.ts";
import { createOperations } from "./operations.ts";
import type { Call } from "./protocol.ts";

const QUEUE = freshQueue();
/** By the number that SQLite gives it. */
const SYNCHRONOUS = ["OFF", "NORMAL", "FULL", "EXTRA"];

describe("group commit", () => {
  let dataDir: string;
  let db: DatabaseSync;
  let commitGroup: ReturnType<typeof createGroupCommit>;
  /** It passes with each call. */
  let msPerCall: number;
  /** How SQLite's commit is to wait for the disk, as read in the transaction after each call. */
  let synchronous: unknown[];

  beforeEach(async () => {
    dataDir = await temporaryDirectory();
    db = openDatabase(dataDir);
    msPerCall = 0;
    let nowMs = 0;
    synchronous = [];
    const pragma = db.prepare("PRAGMA synchronous");
    commitGroup = createGroupCommit(db, undefined, () => {
      if (db.isTransaction) synchronous.push(SYNCHRONOUS[Number(pragma.get()?.synchronous)]);
      nowMs += msPerCall;
      return nowMs;
    });
  });
  afterEach(async () => {
    db.close();
    await fs.rm(dataDir, { recursive: true });
  });

  const publish = (id: number): Call => ({
    id,
    name: "publishIngress",
    args: [Buffer.from("x"), "{}", id],
  });
  const store = (id: number, bytes: number, message = freshId()): Call => ({
    id,
    name: "storeMessages",
    args: [{ messages: [{ id: message, envelope: Buffer.alloc(bytes), queues: [QUEUE] }], storedAt: 0 }],
  });
  const find = (id: number, message: MessageId): Call => ({
    id,
    name: "findMessage",
    args: [QUEUE, message, 0],
  });
  const published = () =>
    db
      .prepare("SELECT published_at FROM ingress ORDER BY seq")
      .all()
      .map((row) => row.published_at);

  const commit = (calls: readonly Call[]) => commitGroup(queueOf(calls));

  it("commits many calls at once and answers each", () => {
    const waiting = queueOf(Array.from({ length: 20 }, (_, id) => publish(id)));
    const { outcomes, durable } = commitGroup(waiting);
    expect(outcomes.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, id) => id));
    expect(durable).toBe(true);
    expect(waiting.length).toBe(0);
    expect(published()).toHaveLength(20);
  });

  it("undoes all of a call that fails, and of no other", () => {
    // They are stored in order of ID: the first one succeeds.
    const messages = [freshId(), freshId()].sort().map((id, index) => ({
      id,
      envelope: Buffer.from("x"),
      queues: index === 0 ? [QUEUE] : [QUEUE, {}],
    }));
    const broken: Call = { id: 2, name: "storeMessages", args: [{ messages, storedAt: 0 }] };
    const { outcomes } = commit([publish(1), broken, publish(3)]);
    expect(outcomes).toEqual([
      { id: 2, error: expect.any(String) },
      { id: 1, value: 1 },
      { id: 3, value: 2 },
    ]);
    expect(published()).toEqual([1, 3]);
    expect(db.prepare("SELECT id FROM message").all()).toEqual([]);
  });

  it("leaves for the next transaction what would make this one long", () => {
    msPerCall = 5;
    const waiting = queueOf(Array.from({ length: 8 }, (_, id) => store(id, 100)));
    expect(idsOf(commitGroup(waiting))).toEqual([0, 1, 2, 3, 4]);
    expect(idsOf(commitGroup(waiting))).toEqual([5, 6, 7]);
  });

  it("leaves for the next transaction what would make this one large", () => {
    const waiting = queueOf(Array.from({ length: 5 }, (_, id) => store(id, 400_000)));
    expect(idsOf(commitGroup(waiting))).toEqual([0, 1]);
    expect(idsOf(commitGroup(waiting))).toEqual([2, 3]);
    waiting.add(store(5, 2_000_000));
    expect(idsOf(commitGroup(waiting))).toEqual([4]);
    expect(idsOf(commitGroup(waiting))).toEqual([5]);
  });

  it("leaves for the next transaction what would make its answers large", () => {
    const message = freshId();
    commit([store(0, 600_000, message)]);
    const waiting = queueOf([1, 2, 3, 4, 5].map((id) => find(id, message)));
    expect(idsOf(commitGroup(waiting))).toEqual([1, 2]);
    expect(idsOf(commitGroup(waiting))).toEqual([3, 4]);
    expect(idsOf(commitGroup(waiting))).toEqual([5]);
  });

  // That SQLite then does so is shown by power-loss.outages.test.ts.
  it("waits for the disk when a call must survive a power failure, whatever else is in the transaction", () => {
    const lease = (id: number): Call => ({
      id,
      name: "leaseIngress",
      args: [{ again: [], after: 0, maxMessages: 1, maxBytes: 1, now: 0 }],
    });
    const ack = (id: number): Call => ({ id, name: "ackIngress", args: [[1]] });
    expect(commit([publish(1)]).durable).toBe(true);
    expect(commit([lease(2)]).durable).toBe(false);
    expect(commit([ack(3), publish(4)]).durable).toBe(true);
    expect(commit([lease(5), ack(6)]).durable).toBe(false);
    expect(commit([publish(7)]).durable).toBe(true);
    expect(synchronous).toEqual(["FULL", "NORMAL", "FULL", "FULL", "NORMAL", "NORMAL", "FULL"]);
  });

  it("relaxes nothing but what comes again by itself", () => {
    const relaxed = Object.keys(createOperations(db)).filter((name) => {
      // Without the arguments that it needs, it fails within the transaction.
      synchronous.length = 0;
      commit([{ id: 1, name: name as Call["name"], args: [] }]);
      expect(synchronous).toHaveLength(1);
      return synchronous[0] !== "FULL";
    });
    expect(relaxed.sort()).toEqual([
      "ackIngress",
      "clearExpiredDeadLetters",
      "clearExpiredMessages",
      "leaseIngress",
    ]);
  });

  it("answers what only reads when a commit fails, and refuses the rest", () => {
    const [kept, refused] = [freshId(), freshId()];
    commit([store(1, 100, kept)]);
    const found = commit([find(2, kept)]).outcomes;
    expect(found).toEqual([{ id: 2, value: expect.objectContaining({ id: kept }) }]);

    // Each new record breaks a constraint that SQLite checks at the commit.
    db.exec("CREATE TABLE parent (id PRIMARY KEY)");
    db.exec("CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
    db.exec("CREATE TRIGGER orphan AFTER INSERT ON ingress BEGIN INSERT INTO child VALUES (1); END");
    const { outcomes, durable } = commit([
      find(2, kept),
      publish(3),
      store(4, 100, refused),
      find(5, refused),
    ]);
    const error = "Error: FOREIGN KEY constraint failed";
    expect(outcomes.toSorted((one, other) => one.id - other.id)).toEqual([
      ...found,
      { id: 3, error },
      { id: 4, error },
      { id: 5, value: undefined },
    ]);
    expect(durable).toBe(false);

    db.exec("DROP TRIGGER orphan");
    expect(commit([publish(6)]).outcomes).toEqual([{ id: 6, value: 1 }]);
    expect(published()).toEqual([6]);
  });

  it("fails all calls when the disk is full, and goes on once there is room", () => {
    commit([publish(1)]);
    db.exec("PRAGMA max_page_count = 40");
    const { outcomes, durable } = commit([publish(2), store(3, 400_000), publish(4)]);
    expect(durable).toBe(outcomes.some((outcome) => "value" in outcome));
    expect(outcomes.find(({ id }) => id === 3)).toEqual({
      id: 3,
      error: expect.stringContaining("database or disk is full"),
    });
    const kept = outcomes.flatMap((outcome) => ("value" in outcome ? [outcome.id] : []));
    expect(published()).toEqual([1, ...kept]);
    db.exec("PRAGMA max_page_count = 1000000");
    expect(commit([store(5, 400_000)]).outcomes).toEqual([{ id: 5, value: ["stored"] }]);
    expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });
});

function queueOf(calls: readonly Call[]): CallQueue {
  const queue = new CallQueue();
  for (const call of calls) queue.add(call);
  return queue;
}

const idsOf = ({ outcomes }: Group) => outcomes.map(({ id }) => id);
