import { describe, expect, it } from "@jest/globals";
import type { DeploymentState, OwnedObject } from "./owned-object.ts";
import { holdsUp, rolloutOf } from "./rollout.ts";

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
    ["is complete when all pods are new and available", {}, "Complete"],
    ["is not while its controller has not seen the newest template", { generation: 4 }, "Progressing"],
    ["is not while there are old pods", { replicas: 3 }, "Progressing"],
    ["is not while new pods are missing", { updatedReplicas: 1, replicas: 1 }, "Progressing"],
    ["is not while pods are not available", { isAvailable: false }, "Progressing"],
    ["has failed once its deadline is over", { isAvailable: false, hasMissedDeadline: true }, "Degraded"],
    [
      "has not failed yet when a newer template may mend it",
      { generation: 4, hasMissedDeadline: true },
      "Progressing",
    ],
  ])("%s", (_, change, rollout) => {
    expect(rolloutOf({ ...COMPLETE, ...change })).toBe(rollout);
  });

  it("waits for the components before it alone", () => {
    const states = new Map([
      ["processor", COMPLETE],
      ["api", { ...COMPLETE, isAvailable: false }],
      ["realtime", { ...COMPLETE, isAvailable: false }],
    ]);
    const deploymentOf = (component: string) =>
      ({ deployment: states.get(component) }) as unknown as OwnedObject;
    expect(holdsUp("processor", deploymentOf)).toBeUndefined();
    expect(holdsUp("api", deploymentOf)).toBeUndefined();
    expect(holdsUp("realtime", deploymentOf)).toBe("api");
    expect(rolloutOf(undefined)).toBe("Pending");
  });
});
