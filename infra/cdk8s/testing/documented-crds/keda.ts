import {
  boolean,
  type Crd,
  crd,
  fields,
  int32,
  intOrString,
  list,
  oneOf,
  rules,
  type Schema,
  string,
  strings,
  text,
} from "./crd.ts";

/*
 * https://keda.sh/docs/latest/reference/scaledobject-spec/
 * We create none of these: examples/keda does. KEDA and its CRD have the licence Apache-2.0.
 */
const natural: Schema = { ...int32, minimum: 0 };
const positive: Schema = { ...int32, minimum: 1 };

const scalingRules = fields({
  stabilizationWindowSeconds: int32,
  selectPolicy: string,
  tolerance: intOrString,
  policies: list(
    fields({ type: string, value: int32, periodSeconds: int32 }, ["periodSeconds", "type", "value"]),
    { "x-kubernetes-list-type": "atomic" },
  ),
});

const advanced = fields({
  restoreToOriginalReplicaCount: boolean,
  horizontalPodAutoscalerConfig: fields({
    name: string,
    behavior: fields({ scaleUp: scalingRules, scaleDown: scalingRules }),
  }),
  scalingModifiers: fields({
    formula: string,
    target: string,
    activationTarget: string,
    metricType: oneOf("AverageValue", "Value"),
  }),
});

const triggers = list(
  fields(
    {
      type: text(253),
      name: string,
      metadata: strings,
      metricType: string,
      useCachedMetrics: boolean,
      authenticationRef: fields(
        { name: string, kind: oneOf("TriggerAuthentication", "ClusterTriggerAuthentication") },
        ["name"],
      ),
    },
    ["metadata", "type"],
  ),
  { minItems: 1, maxItems: 64 },
);

export const KEDA_CRDS: readonly Crd[] = [
  crd(
    "keda.sh/v1alpha1",
    "ScaledObject",
    "scaledobjects",
    fields(
      {
        scaleTargetRef: fields(
          { apiVersion: string, kind: string, name: text(253), envSourceContainerName: string },
          ["name"],
        ),
        pollingInterval: positive,
        cooldownPeriod: natural,
        initialCooldownPeriod: natural,
        idleReplicaCount: natural,
        minReplicaCount: natural,
        maxReplicaCount: positive,
        fallback: fields(
          {
            failureThreshold: natural,
            replicas: natural,
            behavior: oneOf(
              ...["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"],
              "scalingModifiers",
            ),
          },
          ["failureThreshold", "replicas"],
        ),
        advanced,
        triggers,
      },
      ["scaleTargetRef", "triggers"],
      rules(
        "!has(self.minReplicaCount) || self.minReplicaCount <= (has(self.maxReplicaCount) ? self.maxReplicaCount : 100)",
      ),
    ),
  ),
];
