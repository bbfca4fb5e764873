import { setTimeout as sleep } from "node:timers/promises";
import {
  type AccessKeyHash,
  type AccessKeys,
  backoffMs,
  type Clock,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import type { Document, FirestoreDatabase, Timestamp, Write } from "./firestore-database.ts";
import { documentId, userOf } from "./firestore-user-records.ts";
import { timestamp, timestampMs } from "./firestore-values.ts";

/** What to write, if anything, depending on what is there. */
type Change = (found: Document | undefined) => Pick<Write, "update" | "delete"> | undefined;

const MAX_ATTEMPTS = 10;
const BACKOFF = { firstMs: 20, maxMs: 200 };

/**
 * The documents `access-keys/{u:<id>}`: `hash` and `setAt`. Not a field of `users/{u:<id>}`: versions that know no access
 * keys write that document as a whole.
 */
export class FirestoreAccessKeys implements AccessKeys {
  readonly #database: FirestoreDatabase;
  readonly #clock: Clock;
  /** The last write of each user's that is under way: a process does not compete with itself. */
  readonly #writes = new Map<UserId, Promise<void>>();

  constructor(database: FirestoreDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async set(user: UserId, key: AccessKeyHash): Promise<void> {
    const name = this.#nameOf(user);
    const setAt = { timestampValue: timestamp(this.#clock.now()) };
    const fields = { hash: { stringValue: key }, setAt };
    await this.#writeInTurn(user, () => ({ update: { name, fields } }));
  }

  async remove(user: UserId): Promise<void> {
    const name = this.#nameOf(user);
    await this.#writeInTurn(user, (found) => (found ? { delete: name } : undefined));
  }

  async setAt(user: UserId): Promise<number | undefined> {
    const document = await this.#read(user);
    return document && Math.round(timestampMs(document.fields?.setAt));
  }

  async lookup(users: readonly UserId[]): Promise<Map<UserId, AccessKeyHash>> {
    const { documents } = await this.#database.get(users.map((user) => this.#nameOf(user)));
    return new Map(
      documents.map((document) => [userOf(document), document.fields?.hash?.stringValue as AccessKeyHash]),
    );
  }

  async #writeInTurn(user: UserId, change: Change): Promise<void> {
    const write = (this.#writes.get(user) ?? Promise.resolve()).then(() => this.#write(user, change));
    const ended = write.catch(() => {});
    this.#writes.set(user, ended);
    try {
      await write;
    } finally {
      if (this.#writes.get(user) === ended) this.#writes.delete(user);
    }
  }

  /** With a precondition: a write that arrives late, after it was made again, must not bring an old key back. */
  async #write(user: UserId, change: Change): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const found = await this.#read(user);
      const write = change(found);
      if (!write) return;
      const updateTime = found?.updateTime as Timestamp | undefined;
      const currentDocument = updateTime ? { updateTime } : { exists: false };
      const outcome = await this.#database.commitIf({ ...write, currentDocument });
      if ("commitTime" in outcome) return;
      if (failures + 1 === MAX_ATTEMPTS) throw new UnavailableError("firestore", outcome.conflict);
      await sleep(backoffMs(BACKOFF, failures));
    }
  }

  async #read(user: UserId): Promise<Document | undefined> {
    const { documents } = await this.#database.get([this.#nameOf(user)]);
    return documents[0];
  }

  #nameOf(user: UserId): string {
    const { root } = this.#database;
    return `${root}/${this.#database.collectionId("access-keys")}/${documentId(user)}`;
  }
}
