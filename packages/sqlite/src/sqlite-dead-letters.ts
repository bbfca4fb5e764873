import type { Clock, DeadLetter, DeadLetters } from "@dumbwaiter/core";
import { asBuffer, ownBytes, type SqliteDatabase } from "./sqlite-database.ts";

export interface SqliteDeadLetters extends DeadLetters {
  /** All letters that have not expired, oldest first. @throws UnavailableError */
  list(): Promise<DeadLetter[]>;
}

export function createSqliteDeadLetters(database: SqliteDatabase, clock: Clock): SqliteDeadLetters {
  return {
    async put({ record, code, reason }) {
      const attributes = JSON.stringify(record.attributes);
      const letter = { code, reason, attributes, data: ownBytes(record.data) };
      await database.call("putDeadLetter", letter, clock.now());
    },

    async list() {
      const rows = await database.call("listDeadLetters");
      return rows.map(({ code, reason, attributes, data }) => ({
        record: { data: asBuffer(data), attributes: JSON.parse(attributes) },
        code,
        reason,
      }));
    },
  };
}
