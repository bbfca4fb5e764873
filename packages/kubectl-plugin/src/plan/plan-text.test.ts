import { expect, it } from "@jest/globals";
import { Terminal } from "../terminal.ts";
import type { ObjectPlan, Plan } from "./plan.ts";
import { planText } from "./plan-text.ts";

function planned(
  action: ObjectPlan["action"],
  name: string,
  changes: ObjectPlan["changes"] = [],
): ObjectPlan {
  return { action, apiVersion: "v1", kind: "Service", name, namespace: "n", changes, conflicts: [] };
}

it("lists objects without field changes line by line, and separates the others by blank lines", () => {
  const changes = [{ field: ".spec.type", before: "A", after: "B" }];
  const plan: Plan = {
    ...{ name: "s", namespace: "n", action: "none", changes: [], paused: false },
    objects: [
      planned("create", "a"),
      planned("create", "b"),
      planned("change", "c", changes),
      planned("prune", "d"),
    ],
    foreign: [
      {
        ...{ kind: "Deployment", name: "e", action: "keep", field: ".spec.template.spec.hostNetwork" },
        ...{ value: true, managers: ["somebody"] },
      },
      {
        ...{ kind: "Deployment", name: "e", action: "remove", field: ".spec.paused" },
        ...{ value: true, managers: ["kubectl-rollout"] },
      },
    ],
    ...{ unchanged: 0, restarts: [], missing: {}, refused: [], warnings: [] },
  };
  expect(planText(plan, new Terminal(process))).toBe(`RoutingService n/s: unchanged

+ Service a
+ Service b

~ Service c
    .spec.type   "A" → "B"

- Service d

! Fields of others that change what pods run
    Deployment e: .spec.template.spec.hostNetwork   true   added by somebody          stays
    Deployment e: .spec.paused                      true   added by kubectl-rollout   will be removed

Objects: 2 to create, 1 to change, 1 to delete, 0 unchanged.`);
});
