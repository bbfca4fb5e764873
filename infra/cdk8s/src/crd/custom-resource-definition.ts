import type { KubernetesObject } from "../kubernetes-object.ts";
import { COMPONENTS, NAME_RULE, routingServiceSpecSchema } from "../spec/routing-service-props.ts";
import { SPEC_RULES } from "../spec/rules.ts";
import { VERSION } from "../version.ts";
import { routingServiceStatusSchema } from "./routing-service-status.ts";
import { structuralSchema } from "./structural-schema.ts";

const group = "dumbwaiter.io";
/** Stored, and what the operator reads and writes: see docs/adr for why it is not the newer one yet. */
const STORED = "v1alpha1";
/** All have one schema, and so need no conversion but of their name. */
const VERSIONS = [STORED, "v1beta1"] as const;
const kind = "RoutingService";
const plural = "routingservices";

/** The type of every RoutingService, in the version that the API server stores. It serves others as well. */
export const ROUTING_SERVICE = { apiVersion: `${group}/${STORED}`, kind } as const;

/** The version of Dumbwaiter that the CRD belongs to. An older CRD must not replace a newer one. */
const VERSION_LABEL = "app.kubernetes.io/version";

/** The definition of `RoutingService`, made from the schemas by which `parseProps` validates. */
export function customResourceDefinition(): KubernetesObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      labels: {
        "app.kubernetes.io/name": "dumbwaiter",
        "app.kubernetes.io/part-of": "dumbwaiter",
        [VERSION_LABEL]: VERSION,
      },
      // Deleting the CRD would delete every RoutingService.
      annotations: { "helm.sh/resource-policy": "keep" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: "routingservice", shortNames: ["rsvc"] },
      conversion: { strategy: "None" },
      versions: VERSIONS.map((name) => ({
        name,
        served: true,
        storage: name === STORED,
        schema: { openAPIV3Schema: resourceSchema() },
        subresources: { status: {} },
        additionalPrinterColumns: printerColumns(),
      })),
    },
  };
}

function resourceSchema() {
  return {
    type: "object",
    description:
      "An installation of Dumbwaiter: api, processor and realtime, with what they need on Kubernetes and Google Cloud.",
    required: ["spec"],
    properties: {
      apiVersion: {
        type: "string",
        description: `${VERSIONS.map((name) => `${group}/${name}`).join(" or ")}; the fields are the same.`,
      },
      kind: { type: "string", description: "RoutingService." },
      metadata: { type: "object" },
      spec: {
        ...structuralSchema(routingServiceSpecSchema),
        description: "Desired state.",
        "x-kubernetes-validations": SPEC_RULES.map(({ cel, message }) => ({ rule: cel, message })),
      },
      status: {
        ...structuralSchema(routingServiceStatusSchema),
        description: "Observed state.",
        // Otherwise tools that follow kstatus take a RoutingService for healthy until the operator has seen it.
        default: { observedGeneration: -1 },
      },
    },
    // The names of all objects begin with it; `parseProps` checks the same.
    "x-kubernetes-validations": [
      {
        rule: "size(self.metadata.name) <= 40 && self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
        message: NAME_RULE,
      },
    ],
  };
}

function printerColumns() {
  const ready = '.status.conditions[?(@.type=="Ready")]';
  return [
    {
      name: "Ready",
      type: "string",
      jsonPath: `${ready}.status`,
      description: "Whether messages flow, from the spec as it is.",
    },
    ...COMPONENTS.map((component) => ({
      name: `${component[0]?.toUpperCase()}${component.slice(1)}`,
      type: "integer",
      jsonPath: `.status.components.${component}.readyReplicas`,
      description: `Number of ready pods of ${component}.`,
    })),
    { name: "Version", type: "string", jsonPath: ".status.version", description: "Version of the operator." },
    {
      name: "Reason",
      type: "string",
      jsonPath: `${ready}.reason`,
      priority: 1,
      description: "Reason of the Ready condition.",
    },
    {
      name: "Message",
      type: "string",
      jsonPath: `${ready}.message`,
      priority: 1,
      description: "Message of the Ready condition.",
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ];
}
