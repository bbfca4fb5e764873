import { z } from "zod";

const count = z.int().min(0).max(1_000_000);
const generation = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** As `metav1.Condition` has it. */
const condition = z.strictObject({
  type: z
    .string()
    .max(316)
    .regex(/^[A-Za-z]([A-Za-z0-9]*)$/)
    .describe(
      "What it tells of: Ready, Progressing, Degraded, DependenciesReady, Paused, or a component available.",
    ),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it is so."),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z][A-Za-z0-9]*$/)
    .describe("Why, in one word."),
  message: z.string().max(32_768).describe("Why, for people."),
  lastTransitionTime: z
    .string()
    .max(64)
    .meta({ format: "date-time" })
    .describe("When the status last changed."),
  observedGeneration: generation.optional().describe("Generation of the resource that it was found for."),
});

const componentStatus = z.strictObject({
  replicas: count.describe("Pods there are."),
  readyReplicas: count.describe("Pods that are ready."),
  updatedReplicas: count.describe("Pods of the newest template."),
  rollout: z
    .enum(["Pending", "Progressing", "Complete", "Degraded"])
    .optional()
    .describe("Where its rollout is; components are rolled out one after the other."),
});

const inventoryEntry = z.strictObject({
  group: z.string().max(253).describe("API group; empty for the core."),
  version: z.string().max(63).describe("API version."),
  kind: z.string().max(63).describe("Kind."),
  name: z.string().max(253).describe("Name; its namespace is the resource's."),
});

/** What the operator writes into a `RoutingService`'s `status`. */
export const routingServiceStatusSchema = z.strictObject({
  observedGeneration: generation.optional().describe("Generation of the spec that was last reconciled."),
  version: z.string().max(128).optional().describe("Version of the operator that last reconciled it."),
  lastAppliedHash: z
    .string()
    .max(128)
    .optional()
    .describe("Hash of the objects that were last applied: equal when nothing had to change."),
  conditions: z
    .array(condition)
    .max(32)
    .optional()
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
    .describe("How it is."),
  components: z
    .strictObject({
      api: componentStatus.optional().describe("The HTTP API."),
      processor: componentStatus.optional().describe("What takes messages from the ingress to the queues."),
      realtime: componentStatus.optional().describe("The Socket.IO API."),
    })
    .optional()
    .describe("The pods of each component."),
  inventory: z
    .array(inventoryEntry)
    .max(1000)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("Every object that was applied, and is removed once no longer wanted."),
});

/** A `status` as the operator writes it. */
export type RoutingServiceStatus = z.output<typeof routingServiceStatusSchema>;
