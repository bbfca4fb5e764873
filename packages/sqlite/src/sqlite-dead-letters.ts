import type { Clock, DeadLetter, DeadLetters } from "@dumbwaiter/core";
import { asBuffer, ownBytes, type SqliteDatabase } from "./sqlite-database.ts";

/** The dead-letter topic as a table. */
export class SqliteDeadLetters implements DeadLetters {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async put({ record, code, reason }: DeadLetter): Promise<void> {
    const attributes = JSON.stringify(record.attributes);
    const letter = { code, reason, attributes, data: ownBytes(record.data) };
    await this.#database.call("putDeadLetter", letter, this.#clock.now());
  }

  /** All letters that have not expired, oldest first. @throws UnavailableError */
  async list(): Promise<DeadLetter[]> {
    const rows = await this.#database.call("listDeadLetters");
    return rows.map(({ code, reason, attributes, data }) => ({
      record: { data: asBuffer(data), attributes: JSON.parse(attributes) },
      code,
      reason,
    }));
  }
}
