import { NAME_KEY_BYTES, nameHash, nameKey, UnavailableError } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import type { Document, Write } from "./firestore-database.ts";
import { FirestoreNameKeys } from "./firestore-name-keys.ts";

const KEY = Buffer.alloc(NAME_KEY_BYTES, "key");

/** A database whose only document has these fields. */
function keysIn(fields: Document["fields"]) {
  const read: string[] = [];
  const written: Write[] = [];
  const keys = new FirestoreNameKeys({
    root: "documents",
    collectionId: (collection) => `ours.${collection}`,
    async get(names) {
      read.push(...names);
      return { documents: [{ fields: fields ?? null, updateTime: { seconds: 1 } }], readTime: {} };
    },
    async commitIf(write) {
      written.push(write);
      return { commitTime: {} };
    },
  });
  return { keys, read, written };
}

it("is a document with our name in it, and as it stands there", async () => {
  const { keys, read, written } = keysIn({ key: { bytesValue: KEY } });
  expect(nameHash(await keys.current(0))("alice")).toBe(nameHash(nameKey(KEY))("alice"));
  expect(read).toEqual(["documents/ours.dumbwaiter-secrets/limits"]);
  expect(written).toEqual([]);
});

it.each([
  ["only other fields", { perDay: { integerValue: "5" } }],
  ["other fields beside a key", { key: { bytesValue: KEY }, perDay: { integerValue: "5" } }],
])("is not taken from, nor written over, a document with %s", async (_, fields) => {
  const { keys, written } = keysIn(fields);
  // Also once the key would be too old.
  for (const notBefore of [0, Date.now()]) {
    await expect(keys.current(notBefore)).rejects.toBeInstanceOf(UnavailableError);
  }
  expect(written).toEqual([]);
});

it.each([
  ["a key that is none", { key: { stringValue: "none" } }],
  ["nothing", {}],
])("replaces a document that has %s", async (_, fields) => {
  const { keys, written } = keysIn(fields);
  await keys.current(0);
  expect(written).toMatchObject([{ currentDocument: { updateTime: { seconds: 1 } } }]);
});
