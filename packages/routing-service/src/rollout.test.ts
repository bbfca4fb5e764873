import type { Component } from "@dumbwaiter/infra";
import { describe, expect, it } from "@jest/globals";
import { type Deployment, type DeploymentState, deploymentState } from "./deployment-state.ts";
import type { OwnedObject } from "./owned-object.ts";
import { rolloutBlocker, rolloutOf, rolloutSequence } from "./rollout.ts";

const COMPLETE: DeploymentState = {
  observedGeneration: 3,
  templateGeneration: 3,
  desiredReplicas: 2,
  replicas: 2,
  readyReplicas: 2,
  updatedReplicas: 2,
  availableReplicas: 2,
  hasCompleted: true,
  hasMissedDeadline: false,
  deadlineMessage: "",
  replicaFailure: undefined,
  references: undefined,
  templateHash: "",
  replicasAreOurs: true,
};

describe("a rollout", () => {
  it.each<[string, Partial<DeploymentState>, string]>([
    ["is complete if all pods are updated and available", { hasCompleted: false }, "Complete"],
    [
      "is progressing until its controller has observed the latest template",
      { templateGeneration: 4 },
      "Progressing",
    ],
    ["is progressing while there are old pods", { replicas: 3 }, "Progressing"],
    [
      "is progressing while new pods are missing",
      { hasCompleted: false, updatedReplicas: 1, replicas: 1 },
      "Progressing",
    ],
    [
      "is progressing while new pods are unavailable",
      { hasCompleted: false, availableReplicas: 1 },
      "Progressing",
    ],
    [
      "stays complete while a pod moves",
      { availableReplicas: 1, replicas: 1, updatedReplicas: 1 },
      "Complete",
    ],
    ["stays complete while pods are added", { desiredReplicas: 26 }, "Complete"],
    [
      "is degraded once its deadline is exceeded",
      { hasCompleted: false, availableReplicas: 0, hasMissedDeadline: true },
      "Degraded",
    ],
    [
      "is not degraded while a newer template may fix it",
      { templateGeneration: 4, hasMissedDeadline: true },
      "Progressing",
    ],
  ])("%s", (_, change, rollout) => {
    expect(rolloutOf({ ...COMPLETE, ...change })).toBe(rollout);
  });

  const states = new Map([
    ["processor", COMPLETE],
    ["api", { ...COMPLETE, availableReplicas: 0 }],
    ["realtime", { ...COMPLETE, availableReplicas: 0 }],
  ]);
  const deploymentOf = (component: string) =>
    ({ deployment: states.get(component) }) as unknown as OwnedObject;

  it("only waits for the components before it", () => {
    const blockerOf = (component: Component) =>
      rolloutBlocker(component, ["processor", "api", "realtime"], deploymentOf);
    expect(blockerOf("processor")).toBeUndefined();
    expect(blockerOf("api")).toBeUndefined();
    expect(blockerOf("realtime")).toBe("api");
    expect(rolloutOf(undefined)).toBe("Pending");
  });

  it("waits for none if the order leaves a component out, and comes first then", () => {
    expect(rolloutBlocker("realtime", ["processor", "api"], deploymentOf)).toBeUndefined();
    expect(rolloutBlocker("api", ["realtime", "api"], deploymentOf)).toBe("realtime");
    expect(rolloutSequence(["processor", "api"])).toEqual(["realtime", "processor", "api"]);
    expect(rolloutSequence([])).toEqual(["api", "processor", "realtime"]);
  });

  it("does not wait for a component that is scaled to 0", () => {
    const stopped = { deployment: { ...COMPLETE, desiredReplicas: 0, replicas: 0, availableReplicas: 0 } };
    expect(
      rolloutBlocker("api", ["processor", "api"], () => stopped as unknown as OwnedObject),
    ).toBeUndefined();
  });
});

describe("the state of a Deployment", () => {
  const deployment = (generation: number, image: string): Deployment => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", generation } },
    spec: { replicas: generation, template: { image } },
  });

  it("knows the generation that brought the pod template", () => {
    const first = deploymentState(deployment(4, "a"), undefined);
    const scaled = deploymentState(deployment(5, "a"), first);
    const changed = deploymentState(deployment(6, "b"), scaled);
    expect([first, scaled, changed].map(({ templateGeneration }) => templateGeneration)).toEqual([4, 4, 6]);
  });
});
