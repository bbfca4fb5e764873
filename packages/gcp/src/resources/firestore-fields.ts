/** A field that needs other indexes than those that Firestore creates automatically. */
export interface FieldOverride {
  readonly collectionGroup: string;
  readonly field: string;
  /** Indexed in ascending order, for queries; other fields are not indexed. */
  readonly isAscending?: true;
  /** Documents expire at the field's time (a TTL policy). */
  readonly isExpiry?: true;
}

/** The fields that `firestore.indexes.json`, Config Connector's objects and the script for gcloud set. */
export const FIRESTORE_FIELDS: readonly FieldOverride[] = [
  { collectionGroup: "messages", field: "envelope" },
  { collectionGroup: "messages", field: "expireAt", isExpiry: true },
  { collectionGroup: "messages", field: "storedAt", isAscending: true },
  { collectionGroup: "users", field: "devices" },
  { collectionGroup: "users", field: "oldestSeen", isAscending: true },
];
