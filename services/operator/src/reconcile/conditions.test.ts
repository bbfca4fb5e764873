import { COMPONENTS } from "@dumbwaiter/infra";
import type { ComponentStatus, Condition } from "@dumbwaiter/routing-service";
import { describe, expect, it } from "@jest/globals";
import type { Availability } from "./availability.ts";
import { type ConditionInputs, conditionsOf } from "./conditions.ts";
import type { DependencyProblems } from "./dependency-problems.ts";
import type { ReconcileOutcome } from "./reconcile-outcome.ts";

const NOTHING_DONE: ReconcileOutcome = {
  ...{
    missing: new Map(),
    waiting: new Map(),
    failures: [],
    notOurs: new Set<string>(),
    drifted: [],
    unchecked: [],
    remaining: [],
  },
};
const AVAILABLE: Availability = {
  ...{ isAvailable: true, message: "2 of 2", deadlineMessage: "", replicaFailure: undefined },
};
const ALL_READY: DependencyProblems = { reason: "AllReady", missing: [], problems: [], blocking: [] };
const STATUS: ComponentStatus = { replicas: 2, readyReplicas: 2, updatedReplicas: 2, rollout: "Complete" };
const READY: ConditionInputs = {
  problems: [],
  isPaused: false,
  isApplied: true,
  outcome: NOTHING_DONE,
  components: { api: STATUS, processor: STATUS, realtime: STATUS },
  availability: new Map(COMPONENTS.map((component) => [component, AVAILABLE])),
  dependencies: ALL_READY,
};

function conditionOf(type: string, inputs: Partial<ConditionInputs>): Condition | undefined {
  const conditions = conditionsOf({ ...READY, ...inputs }, [], 1, new Date(0));
  return conditions.find((condition) => condition.type === type);
}

/** The availability of all components, with this of one. */
const availabilityWith = (component: (typeof COMPONENTS)[number], change: Partial<Availability>) =>
  new Map([...READY.availability, [component, { ...AVAILABLE, ...change }] as const]);

describe("Ready", () => {
  const topic = "PubSubTopic a: Ready is False (UpdateFailed: 403)";
  const missing = "PubSubTopic (pubsub.cnrm.cloud.google.com/v1beta1) is not installed";
  it.each<[string, Partial<ConditionInputs>, string, string, RegExp]>([
    ["when messages flow", {}, "True", "AllAvailable", /./],
    ["when a spec is invalid", { problems: ["no"] }, "False", "InvalidSpec", /^no$/],
    [
      "when an object is refused",
      { outcome: { ...NOTHING_DONE, failures: [{ what: "Service a", error: new Error("no") }] } },
      ...(["False", "ApplyFailed", /^Service a: no$/] as const),
    ],
    [
      "when a component has too few pods",
      { availability: availabilityWith("processor", { isAvailable: false, message: "0 of 0" }) },
      ...(["False", "NotAvailable", /^processor: 0 of 0$/] as const),
    ],
    [
      "when pods are being replaced for a new spec",
      { components: { ...READY.components, api: { ...STATUS, rollout: "Progressing" } } },
      ...(["False", "RollingOut", /^api is rolling out$/] as const),
    ],
    [
      "when the topic is refused",
      {
        dependencies: { ...ALL_READY, reason: "DependenciesNotReady", problems: [topic], blocking: [topic] },
      },
      ...(["False", "DependenciesNotReady", /403/] as const),
    ],
    [
      "when a kind is missing that it needs",
      {
        dependencies: {
          ...ALL_READY,
          reason: "DependenciesMissing",
          missing: [missing],
          blocking: [missing],
        },
      },
      ...(["False", "DependenciesMissing", /is not installed$/] as const),
    ],
    [
      "when only a monitor is missing",
      { dependencies: { ...ALL_READY, reason: "DependenciesMissing", missing: ["ServiceMonitor (v1) is"] } },
      ...(["True", "AllAvailable", /./] as const),
    ],
    [
      "when more pods than the minimum are refused",
      { availability: availabilityWith("api", { replicaFailure: "exceeded quota" }) },
      ...(["True", "AllAvailable", /./] as const),
    ],
    ["when it is paused", { isPaused: true, outcome: undefined }, "True", "Paused", /./],
    [
      "when it is paused with another spec than what is applied",
      { isPaused: true, isApplied: false, outcome: undefined },
      ...([
        "False",
        "ChangesHeldBack",
        /does not make while .*; kubectl dumbwaiter plan shows them$/,
      ] as const),
    ],
  ])("%s", (_, inputs, status, reason, message) => {
    expect(conditionOf("Ready", inputs)).toMatchObject({
      ...{ status, reason, observedGeneration: 1 },
      message: expect.stringMatching(message),
    });
  });
});

describe("a component that misses its progress deadline", () => {
  const inputs: Partial<ConditionInputs> = {
    components: { realtime: { replicas: 1, readyReplicas: 0, updatedReplicas: 1, rollout: "Degraded" } },
    availability: availabilityWith("realtime", {
      ...{ isAvailable: false, message: "0 of 1", deadlineMessage: "has timed out progressing" },
    }),
  };

  it("is named by Progressing when no other component waits for it", () => {
    expect(conditionOf("Progressing", inputs)).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: "realtime: has timed out progressing",
    });
  });

  it("is named by Progressing as what the others wait for", () => {
    const outcome = { ...NOTHING_DONE, waiting: new Map([["api", "processor"]] as const) };
    expect(conditionOf("Progressing", { ...inputs, outcome })?.message).toBe("api is waiting for processor");
  });
});

it("pods that cannot be created are a problem, with the reason", () => {
  const availability = availabilityWith("processor", {
    replicaFailure: 'pods "a" is forbidden: exceeded quota',
  });
  expect(conditionOf("Degraded", { availability })).toMatchObject({
    status: "True",
    reason: "ReplicaFailure",
    message: 'processor: pods "a" is forbidden: exceeded quota',
  });
});

it("fields of others are named with who set them, and with what to do", () => {
  const changes = [
    { field: ".spec.template.spec.hostNetwork", value: true, managers: ["kubectl-patch"] },
    { field: ".spec.paused", value: true, managers: ["kubectl-rollout"] },
  ];
  const outcome = { ...NOTHING_DONE, drifted: [{ what: "Deployment a-api", changes }] };
  expect(conditionOf("Drifted", { outcome })).toMatchObject({ status: "True", reason: "ForeignFields" });
  expect(conditionOf("Drifted", { outcome })?.message).toMatch(
    /^Deployment a-api: \.spec\.template\.spec\.hostNetwork \(kubectl-patch\), \.spec\.paused \(kubectl-rollout\); .*spec\.enforce/,
  );
  expect(conditionOf("Ready", { outcome })?.status).toBe("True");
  expect(conditionOf("Drifted", {})).toMatchObject({ status: "False", reason: "AsExpected" });
});

describe("fields of others that could not be looked for", () => {
  const unchecked = [{ what: "Deployment a-api", error: new Error("timed out") }];
  const inputs: ConditionInputs = { ...READY, outcome: { ...NOTHING_DONE, unchecked } };
  const drifted = (before: readonly Condition[]) =>
    conditionsOf(inputs, before, 1, new Date(0)).find(({ type }) => type === "Drifted");

  it("leave open whether there are any, with the reason", () => {
    const before = conditionOf("Drifted", {});
    expect(before?.status).toBe("False");
    expect(drifted(before === undefined ? [] : [before])).toMatchObject({
      ...{ status: "Unknown", reason: "NotChecked" },
      message: "Could not look for fields of others: Deployment a-api: timed out",
    });
  });

  it("are still reported if they were before", () => {
    const changes = [{ field: ".spec.paused", value: true, managers: ["kubectl-rollout"] }];
    const outcome = { ...NOTHING_DONE, drifted: [{ what: "Deployment a-api", changes }] };
    const before = conditionOf("Drifted", { outcome });
    expect(before?.status).toBe("True");
    expect(drifted(before === undefined ? [] : [before])).toEqual(before);
  });

  it("do not matter for Ready", () => {
    expect(conditionOf("Ready", inputs)?.status).toBe("True");
  });
});

it("an invalid spec can be paused", () => {
  const inputs = { problems: ["auth is required"], isPaused: true, outcome: undefined };
  expect(conditionOf("Paused", inputs)).toMatchObject({ status: "True", reason: "Paused" });
  expect(conditionOf("Degraded", inputs)).toMatchObject({ status: "True", reason: "InvalidSpec" });
});

describe("a paused RoutingService", () => {
  const paused: ConditionInputs = { ...READY, isPaused: true, outcome: undefined };
  const applied = conditionsOf(paused, [], 2, new Date(0));
  const heldBack = conditionsOf({ ...paused, isApplied: false }, [], 2, new Date(0));
  const found = (conditions: readonly Condition[], ...types: string[]) =>
    types.map((type) => {
      const condition = conditions.find((each) => each.type === type);
      return `${condition?.status} ${condition?.reason}`;
    });

  it("stays ready when another version of the operator would apply other objects", () => {
    const upgraded = conditionsOf({ ...paused, isApplied: false }, applied, 2, new Date(0));
    expect(found(upgraded, "Ready", "Paused")).toEqual(["True Paused", "True Paused"]);
  });

  it("is not ready once its spec asks for changes, also after an upgrade", () => {
    const changed = conditionsOf({ ...paused, isApplied: false }, applied, 3, new Date(0));
    expect(found(changed, "Ready", "Paused")).toEqual(["False ChangesHeldBack", "True ChangesHeldBack"]);
    const upgraded = conditionsOf({ ...paused, isApplied: false }, changed, 3, new Date(0));
    expect(found(upgraded, "Ready")).toEqual(["False ChangesHeldBack"]);
    const undone = conditionsOf(paused, heldBack, 3, new Date(0));
    expect(found(undone, "Ready", "Paused")).toEqual(["True Paused", "True Paused"]);
  });

  it("is not ready after an upgrade from a version that told held-back changes only by Ready", () => {
    const before = heldBack.map((each) =>
      ["Ready", "Paused"].includes(each.type) ? { ...each, reason: "Paused" } : each,
    );
    expect(found(before, "Ready", "Paused")).toEqual(["False Paused", "True Paused"]);
    const upgraded = conditionsOf({ ...paused, isApplied: false }, before, 2, new Date(0));
    expect(found(upgraded, "Ready", "Paused")).toEqual(["False ChangesHeldBack", "True ChangesHeldBack"]);
  });

  it("is known to hold changes back while its pods are away", () => {
    const availability = availabilityWith("processor", { isAvailable: false, message: "0 of 0" });
    const away = conditionsOf({ ...paused, isApplied: false, availability }, [], 2, new Date(0));
    expect(found(away, "Ready", "Paused")).toEqual(["False NotAvailable", "True ChangesHeldBack"]);
    const back = conditionsOf({ ...paused, isApplied: false }, away, 2, new Date(0));
    expect(found(back, "Ready")).toEqual(["False ChangesHeldBack"]);
  });
});

it("a missing kind is named, with when the operator looks for it again", () => {
  const missing = ["Gateway (v1) is not installed"];
  const dependencies: DependencyProblems = {
    ...{ reason: "DependenciesMissing", missing, problems: [], blocking: missing },
  };
  expect(conditionOf("DependenciesReady", { dependencies })).toMatchObject({
    status: "False",
    reason: "DependenciesMissing",
    message: "Gateway (v1) is not installed; the operator retries every 15 s",
  });
});
