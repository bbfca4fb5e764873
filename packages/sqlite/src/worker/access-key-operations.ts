import type { DatabaseSync } from "node:sqlite";
import type { AccessKeyHash, UserId } from "@dumbwaiter/core";

export function accessKeyOperations(db: DatabaseSync) {
  const put = db.prepare("INSERT OR REPLACE INTO access_key (user, hash, set_at) VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM access_key WHERE user = ?");
  const get = db.prepare("SELECT hash, set_at AS setAt FROM access_key WHERE user = ?");

  return {
    setAccessKey(user: UserId, hash: AccessKeyHash, now: number): void {
      put.run(user, hash, now);
    },

    removeAccessKey(user: UserId): void {
      remove.run(user);
    },

    accessKeySetAt(user: UserId): number | undefined {
      return get.get(user)?.setAt as number | undefined;
    },

    lookupAccessKeys(users: readonly UserId[]): Map<UserId, AccessKeyHash> {
      const found = users.map((user) => [user, get.get(user)?.hash] as const);
      return new Map(found.filter((entry): entry is [UserId, AccessKeyHash] => entry[1] !== undefined));
    },
  };
}
