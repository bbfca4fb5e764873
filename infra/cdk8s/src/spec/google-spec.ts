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
    .describe("Its number; required unless emulators take Google's place."),
  cluster: z
    .strictObject({
      project: z.string().min(1).max(100).describe("Project of the GKE cluster."),
      projectNumber: z
        .string()
        .max(20)
        .regex(/^[0-9]{1,20}$/)
        .describe("Its number."),
    })
    .optional()
    .describe("Where the cluster runs, when not in the same project."),
  ...specFields(DATABASE),
  pubsub: pubsubSpec.describe("Ids of topics and subscriptions."),
  cloudResources: z
    .enum(["configConnector", "external"])
    .default("configConnector")
    .describe("Who makes topics, subscriptions, indexes and bindings: Config Connector, or somebody else."),
  workloadIdentity: z
    .enum(["direct", "impersonation"])
    .default("direct")
    .describe(
      "How pods sign in: Kubernetes service accounts with rights of their own, or in the name of a Google service account a component.",
    ),
  emulators: z
    .strictObject(specFields(PUBSUB_EMULATOR, FIRESTORE_EMULATOR))
    .required()
    .optional()
    .describe("Google's emulators in place of Google Cloud: for development alone."),
});
