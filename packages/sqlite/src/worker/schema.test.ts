import { DatabaseSync } from "node:sqlite";
import type { AccessKeyHash } from "@dumbwaiter/core";
import { freshId, freshQueue, freshUser } from "@dumbwaiter/core/contracts";
import { describe, expect, it } from "@jest/globals";
import { accessKeyOperations } from "./access-key-operations.ts";
import { messageOperations } from "./message-operations.ts";
import { migrate } from "./schema.ts";

describe("a database of version 1", () => {
  it("keeps its messages, in their order and places, each with its envelope", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, 1);
    const [one, other] = [freshQueue(), freshQueue()];
    const insert = db.prepare(
      "INSERT INTO message (user, queue, id, stored_at, envelope) VALUES (?, ?, ?, 1, ?)",
    );
    const ids = [freshId(), freshId(), freshId()];
    for (const [index, id] of ids.entries()) {
      for (const { user, queue } of [one, other]) insert.run(user, queue, id, Buffer.from(`sealed ${index}`));
    }
    db.exec("DELETE FROM message WHERE place = 6");

    migrate(db);
    const messages = messageOperations(db);
    const page = ({ user, queue }: typeof one) =>
      messages.pageOfMessages({ user, queue, after: 0, storedSince: 0, limit: 9, maxBytes: 1000 });
    const sealed = ids.map((id, index) => ({
      id,
      envelope: new Uint8Array(Buffer.from(`sealed ${index}`)),
      storedAt: expect.any(Number),
    }));
    expect(page(one)).toEqual({ messages: sealed, hasMore: false, last: 5 });
    expect(page(other)).toEqual({ messages: sealed.slice(0, 2), hasMore: false, last: 4 });
    const id = freshId();
    messages.storeMessages({ messages: [{ id, envelope: Buffer.from("new"), queues: [one] }], storedAt: 1 });
    expect(page(one).last).toBe(7);
    messages.deleteMessages(one, [...ids, id]);
    messages.deleteMessages(other, ids);
    expect(db.prepare("SELECT * FROM envelope").all()).toEqual([]);
    db.close();
  });
});

describe("a database of version 2", () => {
  it("has no access keys, and takes them", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, 2);
    migrate(db);
    const keys = accessKeyOperations(db);
    const user = freshUser();
    expect(keys.lookupAccessKeys([user])).toEqual(new Map());
    keys.setAccessKey(user, "hash" as AccessKeyHash, 7);
    expect(keys.lookupAccessKeys([user])).toEqual(new Map([[user, "hash"]]));
    expect(keys.accessKeySetAt(user)).toBe(7);
    db.close();
  });
});

describe("a database of version 3", () => {
  it("has each message once in each queue, before and after", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, 3);
    const [one, other, id] = [freshQueue(), freshQueue(), freshId()];
    const store = (...queues: (typeof one)[]) =>
      messageOperations(db).storeMessages({
        messages: [{ id, envelope: Buffer.from("sealed"), queues }],
        storedAt: 1,
      });
    store(one);
    migrate(db);
    store(one, other);
    store(other, one);
    const queues = db.prepare("SELECT user, queue FROM message WHERE id = ? ORDER BY place").all(id);
    expect(queues).toEqual([one, other].map((each) => expect.objectContaining(each)));
    messageOperations(db).deleteMessages(one, [id]);
    expect(db.prepare("SELECT queue FROM message").all()).toEqual([{ queue: other.queue }]);
    db.close();
  });
});
