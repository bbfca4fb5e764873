import type { PushRequest, PushRequests } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

export interface SqlitePushRequests extends PushRequests {
  /** The latest requests, oldest first: 1,000 of them are kept. @throws UnavailableError */
  list(): Promise<PushRequest[]>;
}

export function createSqlitePushRequests(database: SqliteDatabase): SqlitePushRequests {
  return {
    async request(requests) {
      if (requests.length === 0) return;
      await database.call(
        "putPushRequests",
        requests.map((request) => JSON.stringify(request)),
      );
    },

    async list() {
      return (await database.call("listPushRequests")).map((request) => JSON.parse(request));
    },
  };
}
