import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { z } from "zod";

/** Hands a routing service to another operator. */
export const OPERATOR_ANNOTATION = "dumbwaiter.io/operator";

const count = z.int().min(0).max(1_000_000);
const generation = z.int().max(Number.MAX_SAFE_INTEGER);

/** As in `metav1.Condition`. */
const condition = z.strictObject({
  type: z
    .string()
    .max(316)
    .regex(/^[A-Za-z]([A-Za-z0-9]*)$/)
    .describe(
      "Type of the condition: Ready, Progressing, Degraded, DependenciesReady, Drifted, Paused, ApiAvailable, ProcessorAvailable or RealtimeAvailable.",
    ),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether the condition holds."),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z][A-Za-z0-9]*$/)
    .describe("Reason for the status, as one CamelCase word."),
  message: z.string().max(32_768).describe("Human-readable explanation."),
  lastTransitionTime: z
    .string()
    .max(64)
    .meta({ format: "date-time" })
    .describe("When the status last changed."),
  observedGeneration: generation
    .min(0)
    .optional()
    .describe("Generation of the resource that the condition is based on."),
});

const componentStatus = z.strictObject({
  replicas: count.describe("Number of pods."),
  readyReplicas: count.describe("Number of ready pods."),
  updatedReplicas: count.describe("Number of pods with the latest pod template."),
  rollout: z
    .enum(["Pending", "Progressing", "Complete", "Degraded"])
    .optional()
    .describe("State of the rollout; components are rolled out one at a time."),
});

const inventoryEntry = z.strictObject({
  group: z.string().max(253).describe("API group; empty for the core group."),
  version: z.string().max(63).describe("API version."),
  kind: z.string().max(63).describe("Kind."),
  name: z.string().max(253).describe("Name; the namespace is that of the RoutingService."),
});

const name = z.string().max(255);

const names = z.strictObject({
  ...(Object.fromEntries(
    PUBSUB_NAMES.map(({ key, description }) => [key, name.describe(`${description}.`)]),
  ) as Record<(typeof PUBSUB_NAMES)[number]["key"], z.ZodString>),
  firestoreCollectionPrefix: name.describe("Prefix of the IDs of Firestore collections; empty for none."),
  redisKeyPrefix: name.describe("Prefix of keys and channels in Redis; empty for none."),
});

/** The `status` that the operator writes to a `RoutingService`. */
export const routingServiceStatusSchema = z.strictObject({
  observedGeneration: generation
    .min(-1)
    .optional()
    .describe("Generation of the spec that was last reconciled; -1 if none was."),
  version: z
    .string()
    .max(128)
    .optional()
    .describe("Version of the operator that last reconciled the RoutingService."),
  operator: z
    .string()
    .max(512)
    .optional()
    .describe(
      `Operator that manages the RoutingService, as the namespace and name of its leader lease; others leave it alone. The annotation \`${OPERATOR_ANNOTATION}\` hands it to another one.`,
    ),
  lastAppliedHash: z.string().max(128).optional().describe("Hash of the objects that were last applied."),
  conditions: z
    .array(condition)
    .max(32)
    .optional()
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
    .describe("Latest observations of the state."),
  components: z
    .strictObject({
      api: componentStatus.optional().describe("The HTTP API."),
      processor: componentStatus.optional().describe("The processor."),
      realtime: componentStatus.optional().describe("The Socket.IO API."),
    })
    .optional()
    .describe("Pods of each component."),
  names: names
    .optional()
    .describe("Names in use at Google and in Redis; no other RoutingService may have them."),
  claims: z
    .array(z.string().max(1024))
    .max(1000)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "Topics, subscriptions, collections, Redis keys and Google service accounts that no other RoutingService may use, each with the place where it is. After a change of the spec, the old ones stay until the rollout is complete.",
    ),
  inventory: z
    .array(inventoryEntry)
    .max(1000)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("Objects that the operator applied; it deletes those that the spec no longer produces."),
});

/** A `status` as the operator writes it. */
export type RoutingServiceStatus = z.output<typeof routingServiceStatusSchema>;
