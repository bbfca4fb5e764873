import type { Component } from "@dumbwaiter/infra";
import {
  awaitedBy,
  type DesiredObject,
  type DesiredState,
  deploymentOf,
  isRolledOut,
  misdirectedMessage,
  misdirectedTo,
  observe,
  rolloutBlocker,
  rolloutSequence,
} from "@dumbwaiter/routing-service";
import { type ObjectOutcome, planned } from "./plan-object.ts";

export interface PlannedSequence {
  readonly outcomes: readonly ObjectOutcome[];
  /** The components whose pods would be replaced, in this order. */
  readonly restarts: readonly Component[];
  /** Those of them that would wait for one that fails or is not available, each with that one. */
  readonly waiting: Readonly<Partial<Record<Component, Component>>>;
}

/** What the objects of a RoutingService make of each other, in the order in which the operator applies them. */
export function planSequence(desired: DesiredState, single: readonly ObjectOutcome[]): PlannedSequence {
  const outcomes = withLaterOnes(withAwaited(withMisdirected(single)));
  const restarts = rolloutSequence(desired.rolloutOrder).filter(
    (component) => outcomeOf(deploymentOf(desired, component), outcomes)?.replacesPods === true,
  );
  return { outcomes, restarts, waiting: waitingOf(desired, outcomes, restarts) };
}

/** What would act on an object of somebody else is deleted. */
function withMisdirected(outcomes: readonly ObjectOutcome[]): readonly ObjectOutcome[] {
  const objects = outcomes.map(({ object }) => object);
  const notOurs = new Set(outcomes.filter(({ isNotOurs }) => isNotOurs).map(({ object }) => object.key));
  return outcomes.map((outcome) => {
    const target = misdirectedTo(outcome.object, objects, notOurs);
    const { object, live } = outcome;
    if (target === undefined || live === undefined) return outcome;
    return { object, plan: { ...planned("prune", live), why: misdirectedMessage(target) } };
  });
}

/** What would be applied waits until the objects that it refers to are there. */
function withAwaited(outcomes: readonly ObjectOutcome[]): readonly ObjectOutcome[] {
  const objects = outcomes.map(({ object }) => object);
  const byKey = new Map(outcomes.map((outcome) => [outcome.object.key, outcome]));
  const isThere = (object: DesiredObject): boolean => {
    const { live, missing, plan, unplanned } = byKey.get(object.key) as ObjectOutcome;
    if (live !== undefined || missing !== undefined || unplanned !== undefined) return true;
    return plan?.action === "create" && awaitedBy(object, objects, isThere) === undefined;
  };
  return outcomes.map((outcome) => {
    if (!isApplied(outcome)) return outcome;
    const awaited = awaitedBy(outcome.object, objects, isThere);
    return awaited === undefined ? outcome : waitsFor(outcome, awaited);
  });
}

/** Of the ConfigMap and the Deployment of a component, the first that fails holds back the other. */
function withLaterOnes(outcomes: readonly ObjectOutcome[]): readonly ObjectOutcome[] {
  const failed = new Map<Component, DesiredObject>();
  return outcomes.map((outcome) => {
    const { object, isHeldBack } = outcome;
    const { component } = object;
    if (component === undefined || !isRolledOut(object)) return outcome;
    const first = failed.get(component);
    if (isHeldBack && first === undefined) failed.set(component, object);
    return first !== undefined && isApplied(outcome) ? waitsFor(outcome, first) : outcome;
  });
}

function isApplied({ plan }: ObjectOutcome): boolean {
  return plan !== undefined && plan.action !== "prune";
}

function waitsFor({ object, live }: ObjectOutcome, { kind, name }: DesiredObject): ObjectOutcome {
  return { object, live, isHeldBack: true, refused: `waits for ${kind} ${name}` };
}

function waitingOf(
  desired: DesiredState,
  outcomes: readonly ObjectOutcome[],
  restarts: readonly Component[],
): PlannedSequence["waiting"] {
  const order = desired.rolloutOrder;
  const isHeldBack = (component: Component) =>
    outcomes.some(
      ({ object, ...each }) => object.component === component && isRolledOut(object) && each.isHeldBack,
    );
  const observed = (component: Component) => {
    const live = outcomeOf(deploymentOf(desired, component), outcomes)?.live;
    return live && observe(live);
  };
  const waiting = restarts.flatMap((component) => {
    const earlier = order.slice(0, Math.max(0, order.indexOf(component)));
    // What is replaced before is waited for anyway.
    const others = order.filter((each) => each === component || !restarts.includes(each));
    const blocker = earlier.find(isHeldBack) ?? rolloutBlocker(component, others, observed);
    return blocker === undefined ? [] : [[component, blocker] as const];
  });
  return Object.fromEntries(waiting);
}

function outcomeOf(object: DesiredObject | undefined, outcomes: readonly ObjectOutcome[]) {
  return outcomes.find((outcome) => outcome.object.key === object?.key);
}
