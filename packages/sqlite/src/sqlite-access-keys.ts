import type { AccessKeyHash, AccessKeys, Clock, UserId } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** The table `access_key`. */
export class SqliteAccessKeys implements AccessKeys {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  set(user: UserId, key: AccessKeyHash): Promise<void> {
    return this.#database.call("setAccessKey", user, key, this.#clock.now());
  }

  remove(user: UserId): Promise<void> {
    return this.#database.call("removeAccessKey", user);
  }

  setAt(user: UserId): Promise<number | undefined> {
    return this.#database.call("accessKeySetAt", user);
  }

  lookup(users: readonly UserId[]): Promise<Map<UserId, AccessKeyHash>> {
    return this.#database.call("lookupAccessKeys", users);
  }
}
