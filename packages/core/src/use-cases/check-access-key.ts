import { type AccessKeyHash, isSameAccessKey, NO_ACCESS_KEY } from "../model/access-key.ts";
import { DumbwaiterError } from "../model/errors.ts";
import type { UserId } from "../model/user.ts";
import type { AccessKeys } from "../ports/access-keys.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * How long a key that was read is accepted without another look. A look takes at most 10 s, after which stores give up:
 * so long after a change an old key may pass, and not longer.
 */
export const ACCESS_KEY_CACHE_MS = 5_000;

/** Recipients whose keys are remembered; those read the longest ago are forgotten. */
const MAX_REMEMBERED = 20_000;

/**
 * Resolves when the key is the recipient's.
 *
 * @throws DumbwaiterError `access_key_refused` for an unknown recipient, one without a key, and one with another key
 * @throws UnavailableError
 */
export type AccessKeyCheck = (recipient: UserId, key: AccessKeyHash) => Promise<void>;

interface AccessKeyCheckDependencies {
  readonly accessKeys: Pick<AccessKeys, "lookup">;
  readonly clock: Clock;
}

interface KeyFound {
  readonly key: AccessKeyHash;
  /** When the look for it began. */
  readonly since: number;
}

/**
 * The check of one process. A key that was read is remembered only to accept it again: a refusal always follows a look
 * that began after the call. So a new key works at once, and refusals are alike, whether or not others have just sent
 * to this recipient.
 */
export function createAccessKeyCheck({ accessKeys, clock }: AccessKeyCheckDependencies): AccessKeyCheck {
  /** Oldest first. */
  const remembered = new Map<UserId, KeyFound>();
  /** At most one look for each recipient, so that no flood makes more of them than others do. */
  const underWay = new Map<UserId, Promise<AccessKeyHash>>();
  const lookup = inBatches((recipients: readonly UserId[]) => accessKeys.lookup(recipients));

  function isRemembered(recipient: UserId, key: AccessKeyHash): boolean {
    const found = remembered.get(recipient);
    if (!found) return false;
    const ageMs = clock.now() - found.since;
    // The clock can be set back.
    return ageMs >= 0 && ageMs < ACCESS_KEY_CACHE_MS && isSameAccessKey(found.key, key);
  }

  function look(recipient: UserId): Promise<AccessKeyHash> {
    const shared = underWay.get(recipient);
    if (shared) return shared;
    const looking = lookNow(recipient).finally(() => underWay.delete(recipient));
    underWay.set(recipient, looking);
    return looking;
  }

  async function lookNow(recipient: UserId): Promise<AccessKeyHash> {
    const since = clock.now();
    const key = await lookup(recipient);
    remembered.delete(recipient);
    if (key !== undefined) remember(recipient, { key, since });
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return key ?? NO_ACCESS_KEY;
  }

  /** No longer than it is accepted: a process that is quiet keeps no names. */
  function remember(recipient: UserId, found: KeyFound): void {
    remembered.set(recipient, found);
    setTimeout(() => {
      if (remembered.get(recipient) === found) remembered.delete(recipient);
    }, ACCESS_KEY_CACHE_MS).unref();
  }

  return async (recipient, key) => {
    if (isRemembered(recipient, key)) return;
    const others = underWay.get(recipient);
    if (others && isSameAccessKey(await others, key)) return;
    if (!isSameAccessKey(await look(recipient), key)) {
      throw new DumbwaiterError("access_key_refused", "The access key is refused");
    }
  };
}

/** Calls in one turn of the event loop share a lookup. */
function inBatches<Key, Value>(lookup: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>) {
  let next: { readonly keys: Set<Key>; readonly found: Promise<ReadonlyMap<Key, Value>> } | undefined;
  return async (key: Key): Promise<Value | undefined> => {
    next ??= begin();
    next.keys.add(key);
    return (await next.found).get(key);
  };

  function begin() {
    const keys = new Set<Key>();
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      next = undefined;
      return lookup([...keys]);
    });
    return { keys, found };
  }
}
