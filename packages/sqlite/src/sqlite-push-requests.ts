import type { PushRequest, PushRequests } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** The push topic as a table that keeps the latest 1,000 requests. */
export class SqlitePushRequests implements PushRequests {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async request(requests: readonly PushRequest[]): Promise<void> {
    if (requests.length === 0) return;
    const rows = requests.map((request) => JSON.stringify(request));
    await this.#database.call("putPushRequests", rows);
  }

  /** Oldest first. @throws UnavailableError */
  async list(): Promise<PushRequest[]> {
    return (await this.#database.call("listPushRequests")).map((request) => JSON.parse(request));
  }
}
