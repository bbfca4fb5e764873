import {
  COLLECTION_PREFIX,
  DATABASE,
  FIRESTORE_EMULATOR,
  FIRESTORE_ENDPOINT,
  PROJECT,
  PUBSUB_EMULATOR,
  PUBSUB_ENDPOINT,
  PUBSUB_NAMES,
} from "@dumbwaiter/service/settings";
import { z } from "zod";
import { specFields } from "./spec-fields.ts";
import { topicsSpec } from "./topics-spec.ts";

const pubsubSpec = z.strictObject(specFields(...PUBSUB_NAMES)).prefault({});

export const googleSpec = z.strictObject({
  ...specFields(PROJECT),
  projectNumber: z
    .string()
    .max(20)
    .regex(/^[0-9]{1,20}$/, "must be the project's number")
    .optional()
    .describe("Number of the project; required unless emulators is set."),
  cluster: z
    .strictObject({
      project: z.string().min(1).max(100).describe("ID of the project."),
      projectNumber: z
        .string()
        .max(20)
        .regex(/^[0-9]{1,20}$/)
        .describe("Number of the project."),
    })
    .optional()
    .describe("Project of the GKE cluster, if it differs from google.project."),
  ...specFields(DATABASE, COLLECTION_PREFIX),
  previousFirestoreDatabase: DATABASE.fieldSchema
    .optional()
    .describe(
      "The current database, in the change that moves to another one, such as a restored backup. Queues are not copied.",
    ),
  firestoreAccess: z
    .enum(["project", "database"])
    .optional()
    .describe(
      "What the components' role roles/datastore.user covers: all databases of the project, as if not set, or, by an IAM condition, google.firestoreDatabase and google.previousFirestoreDatabase only.",
    ),
  pubsub: pubsubSpec.describe("IDs of topics and subscriptions."),
  topics: topicsSpec.optional().describe("Encryption and storage of topics."),
  cloudResources: z
    .enum(["configConnector", "external"])
    .default("configConnector")
    .describe(
      "What manages topics, subscriptions, indexes and IAM bindings: Config Connector, or tools outside the cluster.",
    ),
  workloadIdentity: z
    .enum(["direct", "impersonation"])
    .default("direct")
    .describe(
      "How pods authenticate to Google Cloud: with IAM roles granted to their Kubernetes service accounts, or by impersonating a Google service account for each component.",
    ),
  endpoints: z
    .strictObject(specFields(PUBSUB_ENDPOINT, FIRESTORE_ENDPOINT))
    .optional()
    .describe(
      "Hosts of Google's services, where they are not the public ones: Private Service Connect, or a region's.",
    ),
  emulators: z
    .strictObject(specFields(PUBSUB_EMULATOR, FIRESTORE_EMULATOR))
    .required()
    .optional()
    .describe("Emulators to use instead of Google Cloud, for development only."),
});
