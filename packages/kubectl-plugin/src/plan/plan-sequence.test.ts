import { type Component, parseProps } from "@dumbwaiter/infra";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  type DesiredState,
  desiredState,
  ROUTING_SERVICE,
} from "@dumbwaiter/routing-service";
import { describe, expect, it } from "@jest/globals";
import { type ObjectOutcome, planned } from "./plan-object.ts";
import { planSequence } from "./plan-sequence.ts";

function desiredWith(order: readonly Component[]): DesiredState {
  const spec = {
    auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
    google: { project: "a-project", projectNumber: "1234567890", cloudResources: "external" },
    redis: { urlSecret: { name: "redis" } },
    rollout: { order },
  };
  const metadata = { name: "s", namespace: "n", uid: "u" };
  return desiredState(parseProps("s", "n", spec), { ...ROUTING_SERVICE, metadata, spec });
}

/** A Deployment all of whose pods are available, or none. */
function deployment(isAvailable: boolean): object {
  const pods = isAvailable ? 1 : 0;
  const status = { replicas: 1, readyReplicas: pods, updatedReplicas: 1, availableReplicas: pods };
  return { spec: { replicas: 1, template: {} }, status: { observedGeneration: 1, ...status } };
}

function live({ apiVersion, kind, name }: DesiredObject, content: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: "n", uid: "u", generation: 1 }, ...content };
}

type Outcomes = Readonly<Record<string, Partial<ObjectOutcome>>>;

/** With every object there and unchanged but these, by kind and name. */
function sequenceOf(changed: Outcomes, order: readonly Component[] = ["processor", "api", "realtime"]) {
  const desired = desiredWith(order);
  const outcomes = desired.objects.map((object): ObjectOutcome => {
    const content = object.kind === "Deployment" ? deployment(true) : {};
    return { object, live: live(object, content), ...changed[`${object.kind} ${object.name}`] };
  });
  const { outcomes: after, ...rest } = planSequence(desired, outcomes);
  const texts = after.flatMap(({ object, refused, plan }) => [
    ...(refused === undefined ? [] : [`${object.kind} ${object.name}: ${refused}`]),
    ...(plan?.why === undefined ? [] : [`${plan.action} ${object.kind} ${object.name} ${plan.why}`]),
  ]);
  return { ...rest, texts };
}

const head = (kind: string, name: string): KubeObject => {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "n" } };
};
const creation = (kind: string, name: string) => {
  return { [`${kind} ${name}`]: { live: undefined, plan: planned("create", head(kind, name)) } };
};
const change = (kind: string, name: string) => {
  return {
    [`${kind} ${name}`]: { plan: planned("change", head(kind, name)), replacesPods: kind === "Deployment" },
  };
};
const refusal = { refused: "no", isHeldBack: true };
const notOurs = { live: undefined, isNotOurs: true, ...refusal };
const ALL = {
  ...change("Deployment", "s-api"),
  ...change("Deployment", "s-processor"),
  ...change("Deployment", "s-realtime"),
};

describe("an object", () => {
  it.each<[string, Outcomes, string[]]>([
    [
      "waits for one that is somebody else's, and so does what refers to it",
      {
        "ServiceAccount s-api": notOurs,
        ...creation("Deployment", "s-api"),
        ...creation("HorizontalPodAutoscaler", "s-api"),
      },
      [
        "ServiceAccount s-api: no",
        "Deployment s-api: waits for ServiceAccount s-api",
        "HorizontalPodAutoscaler s-api: waits for Deployment s-api",
      ],
    ],
    [
      "does not wait for one that is refused and there",
      { "ServiceAccount s-api": refusal, ...change("Deployment", "s-api") },
      ["ServiceAccount s-api: no"],
    ],
    [
      "waits for its settings, though they are there",
      { "ConfigMap s-api": refusal, ...change("Deployment", "s-api") },
      ["ConfigMap s-api: no", "Deployment s-api: waits for ConfigMap s-api"],
    ],
    [
      "that does not change stays, whatever it refers to",
      { "ServiceAccount s-api": notOurs },
      ["ServiceAccount s-api: no"],
    ],
    [
      "that would scale somebody else's is deleted",
      { "Deployment s-api": notOurs },
      [
        "Deployment s-api: no",
        "prune HorizontalPodAutoscaler s-api because Deployment s-api is somebody else's",
      ],
    ],
    [
      "does not wait for one of a kind that is missing",
      {
        "ServiceAccount s-api": { live: undefined, missing: "is not installed" },
        ...creation("Deployment", "s-api"),
      },
      [],
    ],
  ])("%s", (_, changed, texts) => {
    expect(sequenceOf(changed).texts.sort()).toEqual(texts.sort());
  });
});

describe("pods", () => {
  it.each<[string, Outcomes, readonly Component[], readonly Component[], object]>([
    [
      "are replaced in the order of the rollout",
      ALL,
      ["realtime", "api"],
      ["processor", "realtime", "api"],
      {},
    ],
    [
      "wait for a component that fails",
      { ...ALL, "Deployment s-processor": refusal },
      ["processor", "api", "realtime"],
      ["api", "realtime"],
      { api: "processor", realtime: "processor" },
    ],
    [
      "wait for a component that is not available and not replaced",
      {
        ...change("Deployment", "s-realtime"),
        "Deployment s-api": { live: { ...head("Deployment", "s-api"), ...deployment(false) } },
      },
      ["processor", "api", "realtime"],
      ["realtime"],
      { realtime: "api" },
    ],
    [
      "do not wait without an order",
      { ...ALL, "Deployment s-processor": refusal },
      [],
      ["api", "realtime"],
      {},
    ],
  ])("%s", (_, changed, order, restarts, waiting) => {
    expect(sequenceOf(changed, order)).toMatchObject({ restarts, waiting });
    expect(Object.keys(sequenceOf(changed, order).waiting)).toEqual(Object.keys(waiting));
  });
});
