import { z } from "zod";
import { containerTemplate, initContainers, sidecars, volumes } from "./container-template-spec.ts";
import { boundedMap, countOrPercent, listBy, opaque, withRule } from "./kubernetes-fields.ts";
import { CONFIG_HASH, REFERENCES, RESERVED_LABELS } from "./reserved-names.ts";
import { podSecurityContext } from "./security-context-spec.ts";

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/, "must be the value of a label");

function without<M extends z.ZodType<Record<string, unknown>>>(map: M, keys: readonly string[]): M {
  return withRule(map, {
    cel: `${JSON.stringify(keys)}.all(key, !(key in self))`,
    message: `must not have ${keys.join(", ")}, which Dumbwaiter sets`,
    holds: (value) => keys.every((key) => !Object.hasOwn(value as object, key)),
  });
}

/** The Pod Security Standards look at it, too; `appArmorProfile` has replaced it. */
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

const annotations = without(
  boundedMap(z.string().max(16_384)).refine(
    (map) => Object.keys(map).every((key) => !key.startsWith(APP_ARMOR)),
    `must not have ${APP_ARMOR}…; use securityContext.appArmorProfile`,
  ),
  [CONFIG_HASH, REFERENCES],
);

const metadata = (what: string) =>
  z
    .strictObject({
      labels: without(boundedMap(labelValue), RESERVED_LABELS).optional().describe("Labels to add."),
      annotations: annotations.optional().describe("Annotations to add."),
    })
    .optional()
    .describe(`Labels and annotations of the ${what}.`);

const topologySpreadConstraint = z.strictObject({
  maxSkew: z.int().min(1).max(1000).describe("Largest difference in the number of pods."),
  topologyKey: z.string().min(1).max(317).describe("Label of nodes that names their domain."),
  whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]).describe("What to do if it cannot be met."),
  minDomains: z.int().min(1).max(1000).optional().describe("Minimum number of domains."),
  nodeAffinityPolicy: z.enum(["Honor", "Ignore"]).optional().describe("Whether node affinity counts."),
  nodeTaintsPolicy: z.enum(["Honor", "Ignore"]).optional().describe("Whether taints count."),
});

const affinity = (what: string) => opaque().optional().describe(`${what}, as in Kubernetes.`);

const podTemplate = z.strictObject({
  metadata: metadata("pods"),
  affinity: z
    .strictObject({
      nodeAffinity: affinity("Node affinity"),
      podAffinity: affinity("Pod affinity"),
      podAntiAffinity: affinity("Pod anti-affinity"),
    })
    .optional()
    .describe("Affinity of the pods."),
  topologySpreadConstraints: listBy("topologyKey", topologySpreadConstraint, 8)
    .optional()
    .describe(
      "How the pods of the component are spread; overrides those of Dumbwaiter with the same topologyKey.",
    ),
  securityContext: podSecurityContext.optional().describe("Security context of the pods."),
  assignedUser: z
    .boolean()
    .optional()
    .describe(
      "Whether the cluster assigns user and group IDs, as OpenShift does: then runAsUser and runAsGroup have no default.",
    ),
  volumes: volumes
    .optional()
    .describe("Volumes, of the types that the Pod Security Standard restricted allows."),
  containers: sidecars.optional().describe("Sidecars."),
  initContainers: initContainers
    .optional()
    .describe("Init containers, and sidecars that run as such with restartPolicy Always."),
});

const disruptionBudget = withRule(
  z.strictObject({
    minAvailable: countOrPercent.optional().describe("Pods that must stay available, or a percentage."),
    maxUnavailable: countOrPercent
      .optional()
      .describe("Pods that may be unavailable, or a percentage; 1 by default."),
  }),
  {
    cel: "!has(self.minAvailable) || !has(self.maxUnavailable)",
    message: "must not have both minAvailable and maxUnavailable",
    holds: ({ minAvailable, maxUnavailable }) => minAvailable === undefined || maxUnavailable === undefined,
  },
);

const serviceTemplate = z.strictObject({
  metadata: metadata("Service"),
  ipFamilyPolicy: z
    .enum(["SingleStack", "PreferDualStack", "RequireDualStack"])
    .optional()
    .describe("IP family policy."),
  ipFamilies: z
    .array(z.enum(["IPv4", "IPv6"]))
    .max(2)
    .meta({ "x-kubernetes-list-type": "atomic" })
    .optional()
    .describe("IP families, the first one for the primary address."),
});

/** What users add to the objects of a component. No field has a default: without a template nothing changes. */
export const componentTemplate = z.strictObject({
  deployment: z
    .strictObject({ metadata: metadata("Deployment") })
    .optional()
    .describe("The Deployment."),
  pod: podTemplate.optional().describe("The pods."),
  container: containerTemplate.optional().describe("Dumbwaiter's own container."),
  serviceAccount: z
    .strictObject({ metadata: metadata("ServiceAccount") })
    .optional()
    .describe("The ServiceAccount."),
  service: serviceTemplate.optional().describe("The Service of api or realtime."),
  podDisruptionBudget: disruptionBudget.optional().describe("The PodDisruptionBudget."),
});

export type ComponentTemplate = z.output<typeof componentTemplate>;

export const TEMPLATE_DESCRIPTION =
  "Additions to the objects of all components. A component's own template takes precedence: over maps by key; over env, volumes, containers and initContainers by name, volumeMounts by mountPath and topologySpreadConstraints by topologyKey; over envFrom by coming later; over any other field as a whole.";
