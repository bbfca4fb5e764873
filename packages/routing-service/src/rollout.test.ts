import { describe, expect, it } from "@jest/globals";
import type { DeploymentState, OwnedObject } from "./owned-object.ts";
import { rolloutBlocker, rolloutOf } from "./rollout.ts";

const COMPLETE: DeploymentState = {
  generation: 3,
  observedGeneration: 3,
  desiredReplicas: 2,
  replicas: 2,
  readyReplicas: 2,
  updatedReplicas: 2,
  isAvailable: true,
  hasMissedDeadline: false,
  message: "",
  templateHash: "",
  replicasAreOurs: true,
};

describe("a rollout", () => {
  it.each<[string, Partial<DeploymentState>, string]>([
    ["is complete if all pods are updated and available", {}, "Complete"],
    [
      "is progressing until its controller has observed the latest template",
      { generation: 4 },
      "Progressing",
    ],
    ["is progressing while there are old pods", { replicas: 3 }, "Progressing"],
    ["is progressing while new pods are missing", { updatedReplicas: 1, replicas: 1 }, "Progressing"],
    ["is progressing while pods are unavailable", { isAvailable: false }, "Progressing"],
    [
      "is degraded once its deadline is exceeded",
      { isAvailable: false, hasMissedDeadline: true },
      "Degraded",
    ],
    [
      "is not degraded while a newer template may fix it",
      { generation: 4, hasMissedDeadline: true },
      "Progressing",
    ],
  ])("%s", (_, change, rollout) => {
    expect(rolloutOf({ ...COMPLETE, ...change })).toBe(rollout);
  });

  it("only waits for the components before it", () => {
    const states = new Map([
      ["processor", COMPLETE],
      ["api", { ...COMPLETE, isAvailable: false }],
      ["realtime", { ...COMPLETE, isAvailable: false }],
    ]);
    const deploymentOf = (component: string) =>
      ({ deployment: states.get(component) }) as unknown as OwnedObject;
    expect(rolloutBlocker("processor", deploymentOf)).toBeUndefined();
    expect(rolloutBlocker("api", deploymentOf)).toBeUndefined();
    expect(rolloutBlocker("realtime", deploymentOf)).toBe("api");
    expect(rolloutOf(undefined)).toBe("Pending");
  });
});
