import type { ComponentStatus, Condition } from "@dumbwaiter/routing-service";
import { describe, expect, it } from "@jest/globals";
import { type ConditionInputs, conditionsOf } from "./conditions.ts";

const NOTHING_DONE = {
  ...{ missing: new Map(), waiting: new Map(), failures: [], notOurs: new Set<string>(), remaining: [] },
};

const INPUTS: ConditionInputs = {
  problems: [],
  isPaused: false,
  outcome: NOTHING_DONE,
  components: {},
  messages: new Map(),
};

function conditionOf(type: string, inputs: Partial<ConditionInputs>): Condition | undefined {
  const conditions = conditionsOf({ ...INPUTS, ...inputs }, [], 1, new Date(0));
  return conditions.find((condition) => condition.type === type);
}

describe("a component that misses its progress deadline", () => {
  const late: ComponentStatus = { replicas: 1, readyReplicas: 0, updatedReplicas: 1, rollout: "Degraded" };
  const inputs: Partial<ConditionInputs> = {
    components: { realtime: late },
    messages: new Map([["realtime", { isAvailable: false, message: "has timed out progressing" }]]),
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

it("an invalid spec can be paused", () => {
  const inputs = { problems: ["auth is required"], isPaused: true, outcome: undefined };
  expect(conditionOf("Paused", inputs)).toMatchObject({ status: "True", reason: "Paused" });
  expect(conditionOf("Degraded", inputs)).toMatchObject({ status: "True", reason: "InvalidSpec" });
});

it("a missing kind is named, with when the operator looks for it again", () => {
  const outcome = { ...NOTHING_DONE, missing: new Map([["Gateway (v1)", "is not installed"]]) };
  expect(conditionOf("DependenciesReady", { outcome })).toMatchObject({
    status: "False",
    reason: "DependenciesMissing",
    message: "Gateway (v1) is not installed; the operator retries every 15 s",
  });
});
