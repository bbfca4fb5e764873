import { join } from "node:path";
import { FIRESTORE_FIELDS } from "@dumbwaiter/gcp/resources";

export const FIRESTORE_INDEXES = join(import.meta.dirname, "../../../../firestore.indexes.json");

/** The text of `firestore.indexes.json`, which firebase-tools deploys, for collections without a prefix. */
export function firestoreIndexesJson(): string {
  const fieldOverrides = FIRESTORE_FIELDS.map(({ collection, field, isAscending, isExpiry }) => ({
    collectionGroup: collection,
    fieldPath: field,
    ...(isExpiry ? { ttl: true } : {}),
    indexes: isAscending ? [{ order: "ASCENDING", queryScope: "COLLECTION" }] : [],
  }));
  return `${JSON.stringify({ indexes: [], fieldOverrides }, undefined, 2)}\n`;
}
