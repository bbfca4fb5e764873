import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import {
  type ComponentStatus,
  type Condition,
  type NameConflict,
  NotOursError,
} from "@dumbwaiter/routing-service";
import { failuresMessage, MISSING_KINDS_RETRY_MS, type ReconcileOutcome } from "./reconcile-outcome.ts";

export interface ConditionInputs {
  /** Of the spec. */
  readonly problems: readonly string[];
  readonly nameConflict?: NameConflict | undefined;
  readonly isPaused: boolean;
  readonly outcome: ReconcileOutcome | undefined;
  readonly components: Readonly<Partial<Record<Component, ComponentStatus | undefined>>>;
  readonly messages: ReadonlyMap<Component, { readonly isAvailable: boolean; readonly message: string }>;
}

type ConditionState = Pick<Condition, "status" | "reason" | "message">;

const MAX_MESSAGE = 4_000;

/** Every condition of a routing service. One whose status has not changed keeps its transition time. */
export function conditionsOf(
  inputs: ConditionInputs,
  before: readonly Condition[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  const degraded = degradedOf(inputs);
  const progressing = progressingOf(inputs, degraded);
  const states: [string, ConditionState][] = [
    ["Ready", readyOf(inputs, degraded, progressing)],
    ["Progressing", progressing],
    ["Degraded", degraded],
    ["DependenciesReady", dependenciesOf(inputs, before)],
    ["Paused", pausedOf(inputs)],
    ...COMPONENTS.map((component): [string, ConditionState] => [
      `${component[0]?.toUpperCase()}${component.slice(1)}Available`,
      availableOf(inputs, component),
    ]),
  ];
  return states.map(([type, { status, reason, message }]) => {
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime =
      last?.status === status ? last.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, "Z");
    return {
      type,
      status,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      lastTransitionTime,
      observedGeneration,
    };
  });
}

function degradedOf(inputs: ConditionInputs): ConditionState {
  const { problems, nameConflict, outcome, components, messages } = inputs;
  if (problems.length > 0) return yes("InvalidSpec", problems.join("; "));
  if (nameConflict !== undefined) return yes("NamesInUse", nameConflict.message);
  const failures = outcome?.failures ?? [];
  if (failures.length > 0) {
    const isNotOurs = failures.some(({ error }) => error instanceof NotOursError);
    return yes(isNotOurs ? "NotOurs" : "ApplyFailed", failuresMessage(failures));
  }
  const late = COMPONENTS.filter((component) => components[component]?.rollout === "Degraded");
  if (late.length > 0) {
    return yes(
      "ProgressDeadlineExceeded",
      late.map((component) => `${component}: ${messages.get(component)?.message}`).join("; "),
    );
  }
  return no("AsExpected", "No failures");
}

function progressingOf(
  { problems, nameConflict, isPaused, outcome, components }: ConditionInputs,
  degraded: ConditionState,
): ConditionState {
  if (isPaused) return no("Paused", "spec.paused is true");
  if (problems.length > 0) return no("InvalidSpec", "The spec is invalid; the operator makes no changes");
  if (nameConflict !== undefined) return no("NamesInUse", nameConflict.message);
  const waiting = [...(outcome?.waiting ?? [])].map(
    ([component, blocker]) => `${component} is waiting for ${blocker}`,
  );
  if (degraded.reason === "ProgressDeadlineExceeded") {
    return no(degraded.reason, waiting.join("; ") || degraded.message);
  }
  const moving = COMPONENTS.filter((component) => components[component]?.rollout === "Progressing").map(
    (component) => `${component} is rolling out`,
  );
  if (moving.length + waiting.length > 0) return yes("RollingOut", [...moving, ...waiting].join("; "));
  return no("Complete", "All components match the spec");
}

function readyOf(
  { problems, isPaused, messages }: ConditionInputs,
  degraded: ConditionState,
  progressing: ConditionState,
): ConditionState {
  const unavailable = COMPONENTS.filter((component) => !messages.get(component)?.isAvailable);
  if (problems.length > 0) return no("InvalidSpec", degraded.message);
  if (degraded.status === "True") return no(degraded.reason, degraded.message);
  if (unavailable.length > 0)
    return no("NotAvailable", `Components not available: ${unavailable.join(", ")}`);
  if (progressing.status === "True") return no("RollingOut", progressing.message);
  return yes(isPaused ? "Paused" : "AllAvailable", "All components are available");
}

function dependenciesOf({ outcome }: ConditionInputs, before: readonly Condition[]): ConditionState {
  if (outcome === undefined) {
    return before.find(({ type }) => type === "DependenciesReady") ?? unknown("Not reconciled yet");
  }
  if (outcome.missing.size === 0) return yes("AllPresent", "All required kinds are available");
  const sentences = [...outcome.missing].map(([kind, reason]) => `${kind} ${reason}`);
  const retry = `the operator retries every ${MISSING_KINDS_RETRY_MS / 1000} s`;
  return no("DependenciesMissing", `${sentences.join("; ")}; ${retry}`);
}

function pausedOf({ isPaused }: ConditionInputs): ConditionState {
  return isPaused ? yes("Paused", "spec.paused is true; the operator makes no changes") : no("NotPaused", "");
}

function availableOf({ messages }: ConditionInputs, component: Component): ConditionState {
  const found = messages.get(component);
  if (found === undefined) return unknown("The spec is invalid");
  const { isAvailable, message } = found;
  return isAvailable ? yes("Available", message) : no("NotAvailable", message);
}

function unknown(message: string): ConditionState {
  return { status: "Unknown", reason: "NotChecked", message };
}

function yes(reason: string, message: string): ConditionState {
  return { status: "True", reason, message };
}

function no(reason: string, message: string): ConditionState {
  return { status: "False", reason, message };
}
