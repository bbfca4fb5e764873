import type { AccessKeyHash } from "../model/access-key.ts";
import type { UserId } from "../model/user.ts";

/** The keys that let others send to a user without saying who they are. Only hashes are stored. */
export interface AccessKeys {
  /** Replaces the user's key, if there was one. @throws UnavailableError */
  set(user: UserId, key: AccessKeyHash): Promise<void>;
  /** Nothing changes for a user without a key. @throws UnavailableError */
  remove(user: UserId): Promise<void>;
  /** @returns when the key was set, in milliseconds since the epoch, or undefined without one. @throws UnavailableError */
  setAt(user: UserId): Promise<number | undefined>;
  /** The keys of those users that have one; strongly consistent. @throws UnavailableError */
  lookup(users: readonly UserId[]): Promise<Map<UserId, AccessKeyHash>>;
}
