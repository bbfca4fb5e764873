import { randomBytes } from "node:crypto";
import { NAME_KEY_BYTES, type NameKey, type NameKeys, nameKey, UnavailableError } from "@dumbwaiter/core";
import type { Document, FirestoreDatabase, Timestamp, Write } from "./firestore-database.ts";
import { bytesOf, timestampMs } from "./firestore-values.ts";

const MAX_ATTEMPTS = 5;

type Database = Pick<FirestoreDatabase, "root" | "collectionId" | "get" | "commitIf">;

/**
 * The key of names as the field `key` of the document `dumbwaiter-secrets/limits`, whose last change is when it was
 * made. A document with other fields is somebody else's: it is neither used nor changed.
 */
export class FirestoreNameKeys implements NameKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async current(notBefore: number): Promise<NameKey> {
    for (let attempt = 1; ; attempt += 1) {
      const { documents } = await this.#database.get([this.#name]);
      const [document] = documents;
      if (document && !isOurs(document))
        throw new UnavailableError("firestore", new ForeignDocumentError(this.#name));
      const key = document && keyOf(document, notBefore);
      if (key) return key;
      const made = randomBytes(NAME_KEY_BYTES);
      const outcome = await this.#database.commitIf(this.#writeOf(made, document));
      if ("commitTime" in outcome) return nameKey(made);
      // Another process was first, or a lost attempt of ours: the key is there.
      if (attempt === MAX_ATTEMPTS) throw new UnavailableError("firestore", outcome.conflict);
    }
  }

  get #name(): string {
    return `${this.#database.root}/${this.#database.collectionId("dumbwaiter-secrets")}/limits`;
  }

  #writeOf(made: Buffer, read: Document | undefined): Write {
    const updateTime = read?.updateTime as Timestamp | undefined;
    const currentDocument = updateTime ? { updateTime } : { exists: false };
    return { update: { name: this.#name, fields: { key: { bytesValue: made } } }, currentDocument };
  }
}

class ForeignDocumentError extends Error {
  constructor(name: string) {
    super(
      `${name} has fields that are not Dumbwaiter's: give the installation a collection prefix, or a database`,
    );
  }
}

function isOurs({ fields }: Document): boolean {
  return Object.keys(fields ?? {}).every((field) => field === "key");
}

function keyOf(document: Document, notBefore: number): NameKey | undefined {
  const bytes = bytesOf(document, "key");
  const madeAt = timestampMs({ timestampValue: document.updateTime ?? null });
  return bytes.length === NAME_KEY_BYTES && madeAt >= notBefore ? nameKey(bytes) : undefined;
}
