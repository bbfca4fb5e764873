import {
  DATABASE,
  FIRESTORE_EMULATOR,
  PROJECT,
  PUBSUB_EMULATOR,
  PUBSUB_NAMES,
} from "@dumbwaiter/service/settings";
import { z } from "zod";
import { specFields } from "./spec-fields.ts";

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
      project: z.string().min(1).max(100).describe("Project of the GKE cluster."),
      projectNumber: z
        .string()
        .max(20)
        .regex(/^[0-9]{1,20}$/)
        .describe("Number of that project."),
    })
    .optional()
    .describe("Project of the GKE cluster, if it is another one."),
  ...specFields(DATABASE),
  pubsub: pubsubSpec.describe("IDs of topics and subscriptions."),
  cloudResources: z
    .enum(["configConnector", "external"])
    .default("configConnector")
    .describe(
      "What creates topics, subscriptions, indexes and IAM bindings: Config Connector, or something outside the cluster.",
    ),
  workloadIdentity: z
    .enum(["direct", "impersonation"])
    .default("direct")
    .describe(
      "How pods authenticate: as Kubernetes service accounts with IAM roles of their own, or by impersonating one Google service account per component.",
    ),
  emulators: z
    .strictObject(specFields(PUBSUB_EMULATOR, FIRESTORE_EMULATOR))
    .required()
    .optional()
    .describe("Google's emulators in place of Google Cloud, for development only."),
});
