import { stringify } from "node:querystring";
import firestore from "@google-cloud/firestore";
import { protos } from "@google-cloud/firestore-api";
import type { CallSettings } from "../dependency-calls.ts";
import { method } from "../google-calls.ts";
import { GoogleClient } from "../google-client.ts";
import { type GoogleEndpoint, googleClientOptions } from "../google-client-options.ts";

const { FirestoreClient } = firestore.v1;
const { v1 } = protos.google.firestore;
export type FirestoreClient = InstanceType<typeof FirestoreClient>;
type Some<T> = NonNullable<T>;

// The package does not export them by name.
export type CommitRequest = Some<Parameters<FirestoreClient["commit"]>[0]>;
export type Write = Some<CommitRequest["writes"]>[number];
export type Document = Some<Write["update"]>;
export type Value = Some<Document["fields"]>[string];
export type Timestamp = Some<Value["timestampValue"]>;
export type StructuredQuery = Some<Some<Parameters<FirestoreClient["runQuery"]>[0]>["structuredQuery"]>;

const SERVICE = "google.firestore.v1.Firestore";
export const COMMIT = method(`${SERVICE}/Commit`, v1.CommitRequest, v1.CommitResponse);
export const BATCH_WRITE = method(`${SERVICE}/BatchWrite`, v1.BatchWriteRequest, v1.BatchWriteResponse);
export const BATCH_GET = method(
  `${SERVICE}/BatchGetDocuments`,
  v1.BatchGetDocumentsRequest,
  v1.BatchGetDocumentsResponse,
);
export const RUN_QUERY = method(`${SERVICE}/RunQuery`, v1.RunQueryRequest, v1.RunQueryResponse);

/** The messages take enumerations by number alone. */
export const { LESS_THAN, GREATER_THAN_OR_EQUAL } = v1.StructuredQuery.FieldFilter.Operator;
export const { REQUEST_TIME } = v1.DocumentTransform.FieldTransform.ServerValue;

export interface FirestoreSettings extends GoogleEndpoint, CallSettings {
  readonly databaseId: string;
  /** The IDs of all collections begin with it, so that installations can share a database; none by default. */
  readonly collectionPrefix?: string | undefined;
}

export function firestoreClient(settings: FirestoreSettings): GoogleClient<FirestoreClient> {
  const options = googleClientOptions(settings, routingHeaders(settings));
  return new GoogleClient(() => new FirestoreClient(options), settings);
}

/** Full name of the database. */
export function databaseName({ projectId, databaseId }: FirestoreSettings): string {
  return `projects/${projectId}/databases/${databaseId}`;
}

/**
 * By these, Google's front end finds a named database. The generated client sends `database=` or `parent=`, which the
 * service refuses for all but the default database: https://github.com/googleapis/nodejs-firestore/issues/1863
 */
function routingHeaders(settings: FirestoreSettings) {
  const { projectId, databaseId } = settings;
  return {
    "x-goog-request-params": stringify({ project_id: projectId, database_id: databaseId }),
    "google-cloud-resource-prefix": databaseName(settings),
  };
}
