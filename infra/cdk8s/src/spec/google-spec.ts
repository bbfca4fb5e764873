import { z } from "zod";

const pubsubId = z
  .string()
  .min(3)
  .max(255)
  .regex(/^[A-Za-z][A-Za-z0-9._~+%-]*$/, "must be a Pub/Sub id");

const hostAndPort = z
  .string()
  .max(260)
  .regex(/^[^\s:]+:[0-9]{1,5}$/, "must be host:port");

const pubsubSpec = z
  .strictObject({
    ingressTopic: pubsubId.default("dumbwaiter-ingress").describe("Topic of accepted messages."),
    ingressSubscription: pubsubId.default("dumbwaiter-processor").describe("What the processor takes from."),
    deadLetterTopic: pubsubId
      .default("dumbwaiter-dead-letter")
      .describe("Topic of what cannot be processed."),
    deadLetterSubscription: pubsubId
      .default("dumbwaiter-dead-letter")
      .describe("Keeps the dead letters until somebody looks."),
    pushTopic: pubsubId.default("dumbwaiter-push").describe("Topic of push requests."),
  })
  .prefault({});

export const googleSpec = z.strictObject({
  project: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9.:-]{0,99}$/, "must be a project id")
    .describe("Google Cloud project of Pub/Sub and Firestore."),
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
  firestoreDatabase: z
    .string()
    .max(63)
    .regex(/^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/, "must be a database id")
    .default("(default)")
    .describe("Firestore database, which exists already."),
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
    .strictObject({
      pubsub: hostAndPort.describe("Where Pub/Sub's emulator listens."),
      firestore: hostAndPort.describe("Where Firestore's emulator listens."),
    })
    .optional()
    .describe("Google's emulators in place of Google Cloud: for development alone."),
});
