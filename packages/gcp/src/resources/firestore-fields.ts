/**
 * Our own names of the collections: users, their devices' queues, the messages in these, users' access keys, and keys
 * of our own.
 */
export type Collection = "users" | "queues" | "messages" | "access-keys" | "dumbwaiter-secrets";

/** The ID of a collection at Firestore, and of the group of all collections with this ID. */
export function collectionId(prefix: string | undefined, collection: Collection): string {
  return `${prefix ?? ""}${collection}`;
}

/** A field that needs other indexes than those that Firestore creates automatically. */
export interface FieldOverride {
  readonly collection: Collection;
  readonly field: string;
  /** Indexed in ascending order, for queries; other fields are not indexed. */
  readonly isAscending?: true;
  /** Documents expire at the field's time (a TTL policy). */
  readonly isExpiry?: true;
}

/** The fields that `firestore.indexes.json`, Config Connector's objects and the script for gcloud set. */
export const FIRESTORE_FIELDS: readonly FieldOverride[] = [
  { collection: "access-keys", field: "hash" },
  { collection: "access-keys", field: "setAt" },
  { collection: "messages", field: "envelope" },
  { collection: "messages", field: "expireAt", isExpiry: true },
  { collection: "messages", field: "storedAt", isAscending: true },
  { collection: "users", field: "devices" },
  { collection: "users", field: "oldestSeen", isAscending: true },
];
