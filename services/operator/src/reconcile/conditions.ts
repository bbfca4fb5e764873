import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import {
  type ComponentStatus,
  type Condition,
  type NameConflict,
  NotOursError,
} from "@dumbwaiter/routing-service";
import type { Availability } from "./availability.ts";
import { type DependencyProblems, MISSING_KINDS_RETRY_MS } from "./dependency-problems.ts";
import { keptMessage } from "./drift-messages.ts";
import { failuresMessage, type ReconcileOutcome } from "./reconcile-outcome.ts";

export interface ConditionInputs {
  /** Of the spec. */
  readonly problems: readonly string[];
  readonly nameConflict?: NameConflict | undefined;
  readonly isPaused: boolean;
  /** Whether everything that the spec asks for is applied. */
  readonly isApplied: boolean;
  readonly outcome: ReconcileOutcome | undefined;
  readonly components: Readonly<Partial<Record<Component, ComponentStatus | undefined>>>;
  readonly availability: ReadonlyMap<Component, Availability>;
  /** Undefined if the spec is invalid. */
  readonly dependencies: DependencyProblems | undefined;
}

type ConditionState = Pick<Condition, "status" | "reason" | "message">;

const MAX_MESSAGE = 4_000;

const HELD_BACK = "ChangesHeldBack";
const HELD_BACK_MESSAGE =
  "The spec asks for changes that the operator does not make while spec.paused is true; kubectl dumbwaiter plan shows them";

/** Every condition of a routing service. One whose status has not changed keeps its transition time. */
export function conditionsOf(
  inputs: ConditionInputs,
  before: readonly Condition[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  const degraded = degradedOf(inputs);
  const progressing = progressingOf(inputs, degraded);
  const paused = pausedOf(inputs, before, observedGeneration);
  const states: [string, ConditionState][] = [
    ["Ready", readyOf(inputs, degraded, progressing, paused)],
    ["Progressing", progressing],
    ["Degraded", degraded],
    ["DependenciesReady", dependenciesOf(inputs, before)],
    ["Drifted", driftedOf(inputs, before)],
    ["Paused", paused],
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
  const { problems, nameConflict, outcome, components, availability } = inputs;
  if (problems.length > 0) return yes("InvalidSpec", problems.join("; "));
  if (nameConflict !== undefined) return yes("NamesInUse", nameConflict.message);
  const failures = outcome?.failures ?? [];
  if (failures.length > 0) {
    const isNotOurs = failures.some(({ error }) => error instanceof NotOursError);
    return yes(isNotOurs ? "NotOurs" : "ApplyFailed", failuresMessage(failures));
  }
  const messagesOf = (which: "deadlineMessage" | "replicaFailure", among: readonly Component[]) =>
    among.map((component) => `${component}: ${availability.get(component)?.[which] ?? ""}`).join("; ");
  const refused = COMPONENTS.filter((each) => availability.get(each)?.replicaFailure !== undefined);
  if (refused.length > 0) return yes("ReplicaFailure", messagesOf("replicaFailure", refused));
  const late = lateOf(components);
  if (late.length > 0) return yes("ProgressDeadlineExceeded", messagesOf("deadlineMessage", late));
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
  if (lateOf(components).length > 0) {
    return no("ProgressDeadlineExceeded", waiting.join("; ") || degraded.message);
  }
  const moving = COMPONENTS.filter((component) => components[component]?.rollout === "Progressing").map(
    (component) => `${component} is rolling out`,
  );
  if (moving.length + waiting.length > 0) return yes("RollingOut", [...moving, ...waiting].join("; "));
  return no("Complete", "All components match the spec");
}

/** Serving with at least the minimum, from a spec that is applied, with every dependency that it needs. */
function readyOf(
  inputs: ConditionInputs,
  degraded: ConditionState,
  progressing: ConditionState,
  paused: ConditionState,
): ConditionState {
  const { isPaused, isApplied, components, availability, dependencies } = inputs;
  if (isRefused(inputs)) return no(degraded.reason, degraded.message);
  if (lateOf(components).length > 0) return no("ProgressDeadlineExceeded", degraded.message);
  const unavailable = COMPONENTS.filter((component) => !availability.get(component)?.isAvailable);
  if (unavailable.length > 0) {
    const messages = unavailable.map((each) => `${each}: ${availability.get(each)?.message}`);
    return no("NotAvailable", messages.join("; "));
  }
  if (progressing.status === "True") return no("RollingOut", progressing.message);
  if (dependencies !== undefined && dependencies.blocking.length > 0) {
    return no(dependencies.reason, dependencies.blocking.join("; "));
  }
  if (isPaused) {
    return paused.reason === HELD_BACK
      ? no(HELD_BACK, paused.message)
      : yes("Paused", "All components are available");
  }
  if (!isApplied) return no("RollingOut", "Not all objects are applied yet");
  return yes("AllAvailable", "All components are available");
}

/** Whether the spec, or a part of it, is not applied although it should be. */
function isRefused({ problems, nameConflict, outcome }: ConditionInputs): boolean {
  return problems.length > 0 || nameConflict !== undefined || (outcome?.failures.length ?? 0) > 0;
}

function lateOf(components: ConditionInputs["components"]): Component[] {
  return COMPONENTS.filter((component) => components[component]?.rollout === "Degraded");
}

function dependenciesOf({ dependencies }: ConditionInputs, before: readonly Condition[]): ConditionState {
  if (dependencies === undefined) {
    return before.find(({ type }) => type === "DependenciesReady") ?? unknown("Not reconciled yet");
  }
  const { reason, problems, missing } = dependencies;
  if (missing.length + problems.length === 0) return yes(reason, "All dependencies are ready");
  const retry = `the operator retries every ${MISSING_KINDS_RETRY_MS / 1000} s`;
  return no(reason, [...(missing.length > 0 ? [...missing, retry] : []), ...problems].join("; "));
}

function driftedOf({ outcome }: ConditionInputs, before: readonly Condition[]): ConditionState {
  if (outcome === undefined) {
    return before.find(({ type }) => type === "Drifted") ?? unknown("Not reconciled yet");
  }
  const { drifted, unchecked } = outcome;
  if (drifted.length > 0) return yes("ForeignFields", keptMessage(drifted));
  if (unchecked.length > 0) {
    const known = before.find(({ type }) => type === "Drifted");
    const message = `Could not look for fields of others: ${failuresMessage(unchecked)}`;
    return known?.status === "True" ? known : unknown(message);
  }
  return no("AsExpected", "No field of others changes what pods run");
}

/**
 * An upgrade of the operator may render other objects from the same spec. That is no change that a pause holds back: what
 * is found at a generation stays so while the operator makes no changes.
 */
function pausedOf(
  { isPaused, isApplied }: ConditionInputs,
  before: readonly Condition[],
  generation: number,
): ConditionState {
  if (!isPaused) return no("NotPaused", "");
  const known = before.find(({ type }) => type === "Paused");
  const isKnown = known?.status === "True" && known.observedGeneration === generation;
  // Version 0.1.0 told held-back changes only by Ready.
  const wasHeldBack = before.some(
    ({ type, status, reason }) => type === "Ready" && status === "False" && reason === "Paused",
  );
  const isHeldBack = isKnown ? known.reason === HELD_BACK || wasHeldBack : !isApplied;
  return isHeldBack
    ? yes(HELD_BACK, HELD_BACK_MESSAGE)
    : yes("Paused", "spec.paused is true; the operator makes no changes");
}

function availableOf({ availability }: ConditionInputs, component: Component): ConditionState {
  const found = availability.get(component);
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
