import { DatabaseSync } from "node:sqlite";
import { freshId, freshQueue } from "@dumbwaiter/core/contracts";
import { expect, it } from "@jest/globals";
import { messageOperations } from "./message-operations.ts";
import { migrate } from "./schema.ts";

it("shows a message that is just as old as it may be, and expires it a moment later", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db);
  const messages = messageOperations(db);
  const [queue, id] = [freshQueue(), freshId()];
  messages.storeMessages({ messages: [{ id, envelope: Buffer.from("x"), queues: [queue] }], storedAt: 1000 });
  const shown = (storedSince: number) => [
    messages.pageOfMessages({ ...queue, after: 0, storedSince, limit: 9, maxBytes: 9 }).messages.length,
    messages.stillQueuedMessages(queue, [id], storedSince).length,
    messages.findMessage(queue, id, storedSince) === undefined ? 0 : 1,
  ];
  expect(shown(1000)).toEqual([1, 1, 1]);
  expect(shown(1001)).toEqual([0, 0, 0]);
  expect(messages.clearExpiredMessages(1000)).toBe(0);
  expect(messages.clearExpiredMessages(1001)).toBe(1);
  db.close();
});
