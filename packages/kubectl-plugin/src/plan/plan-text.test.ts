import { describe, expect, it } from "@jest/globals";
import { Terminal } from "../terminal.ts";
import type { ObjectPlan, Plan } from "./plan.ts";
import { planText } from "./plan-text.ts";

const TERMINAL = new Terminal(process);
const NOTHING_ELSE = {
  ...{ restarts: [], rolloutOrder: ["processor", "api", "realtime"], waiting: {}, missing: {} },
  ...{ refused: [], unplanned: [], warnings: [] },
} satisfies Partial<Plan>;

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
    ...{ unchanged: 0, ...NOTHING_ELSE },
  };
  expect(planText(plan, TERMINAL)).toBe(`RoutingService n/s: unchanged

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

describe("what becomes of pods and objects", () => {
  const plan = (more: Partial<Plan>): string => {
    const own = { name: "s", namespace: "n", action: "none", changes: [], paused: false } as const;
    const text = planText(
      { ...own, objects: [], foreign: [], unchanged: 3, ...NOTHING_ELSE, ...more },
      TERMINAL,
    );
    return text.slice(text.indexOf("\n\n") + 2);
  };
  const COUNTS = "Objects: 0 to create, 0 to change, 0 to delete, 3 unchanged.";

  it.each<[string, Partial<Plan>, string]>([
    ["one after the other", { restarts: ["processor", "api"] }, "processor, api, one after the other"],
    ["alone", { restarts: ["api"] }, "api"],
    [
      "without an order",
      { restarts: ["api", "realtime"], rolloutOrder: [] },
      "api, realtime without waiting",
    ],
    [
      "some of them in an order",
      { restarts: ["realtime", "processor", "api"], rolloutOrder: ["processor", "api"] },
      "realtime without waiting; processor, api, one after the other",
    ],
    [
      "after one that fails",
      { restarts: ["api"], waiting: { api: "processor" } },
      "api.\napi waits for processor, which fails or is not available",
    ],
  ])("replaced %s", (_, more, text) => {
    expect(plan(more)).toBe(`${COUNTS}\nPods will be replaced: ${text}.`);
  });

  it("deleted, with why and with what becomes of it at Google", () => {
    const objects: ObjectPlan[] = [
      { ...planned("prune", "a"), why: "because Service b is somebody else's" },
      { ...planned("prune", "kept"), staysAtGoogle: true },
      { ...planned("prune", "gone"), staysAtGoogle: false },
    ];
    expect(plan({ objects }).split("\n").slice(0, 3)).toEqual([
      "- Service a   because Service b is somebody else's",
      "- Service kept   stays at Google",
      "- Service gone   is also deleted or revoked at Google",
    ]);
  });

  it("left alone, with the reason", () => {
    const stopped = { reason: "InvalidSpec", message: "auth is required" } as const;
    expect(plan({ stopped })).toBe("InvalidSpec: auth is required.");
    expect(plan({ operator: "a/b" })).toBe(`${COUNTS}\nManaged by the operator a/b.`);
  });
});
