import type { Component } from "@dumbwaiter/infra";
import type { Kind } from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  type DesiredState,
  deploymentOf,
  type InventoryEntry,
  inventoryEntry,
  isRolledOut,
  keyOfEntry,
  misdirectedMessage,
  misdirectedTo,
  objectsToPrune,
  pruneObject,
  type RoutingService,
  replacementsOf,
  rolloutBlocker,
  rolloutSequence,
} from "@dumbwaiter/routing-service";
import { type ApplierDependencies, ObjectApplier } from "./object-applier.ts";
import type { AppliedOutcome } from "./reconcile-outcome.ts";
import { inReferenceOrder } from "./reference-order.ts";

interface ReconcileDependencies extends ApplierDependencies {
  /** @param why as a clause: `which is no longer needed` */
  readonly onPrune: (entry: InventoryEntry, why: string) => void;
}

/**
 * Applies and prunes the objects of a routing service. A failure only holds back the pods of its component and of later
 * ones. A missing kind holds back its own objects only, and is not a failure. An object that belongs to somebody else is
 * a failure. An object waits until those that it refers to are there and ours. A grant is revoked once those that replace
 * it are in effect.
 *
 * @throws NotLeadingError
 */
export async function reconcileObjects(
  routingService: RoutingService,
  desired: DesiredState,
  dependencies: ReconcileDependencies,
): Promise<AppliedOutcome> {
  return new Reconciliation(routingService, desired, dependencies).run();
}

class Reconciliation {
  readonly #routingService: RoutingService;
  readonly #desired: DesiredState;
  readonly #dependencies: ReconcileDependencies;
  readonly #applier: ObjectApplier;
  readonly #waiting = new Map<Component, Component>();
  /** The first component whose objects could not be applied. */
  #failed: Component | undefined;

  constructor(routingService: RoutingService, desired: DesiredState, dependencies: ReconcileDependencies) {
    this.#routingService = routingService;
    this.#desired = desired;
    this.#dependencies = dependencies;
    this.#applier = new ObjectApplier(routingService, desired, dependencies);
  }

  async run(): Promise<AppliedOutcome> {
    const { objects, rolloutOrder } = this.#desired;
    const toPrune = objectsToPrune(
      this.#routingService,
      new Set(objects.map(({ key }) => key)),
      this.#dependencies.objects.ownedBy(this.#routingService.metadata.uid),
    );
    const plain = objects.filter((object) => !isAutoscaler(object) && !isRolledOut(object));
    for (const object of inReferenceOrder(plain)) await this.#applier.applyIfNeeded(object);
    // Before the rollout: otherwise the autoscaler could overwrite the replicas that the spec now fixes.
    const remaining = await this.#prune(toPrune.filter(isAutoscaler));
    for (const component of rolloutSequence(rolloutOrder)) await this.#rollOut(component);
    for (const object of objects.filter(isAutoscaler)) await this.#applier.applyIfNeeded(object);
    const others = toPrune.filter((entry) => !isAutoscaler(entry));
    const kept = others.filter((entry) => this.#isStillNeeded(entry));
    remaining.push(...kept, ...(await this.#prune(others.filter((entry) => !kept.includes(entry)))));
    await this.#pruneMisdirected();
    const { missing, failures, notOurs } = this.#applier;
    return { missing, failures, notOurs, waiting: this.#waiting, remaining };
  }

  /** A component's ConfigMap is applied with its pods: a pod that restarts earlier must not get the new settings. */
  async #rollOut(component: Component): Promise<void> {
    const due = this.#desired.objects.filter(
      (object) =>
        object.component === component &&
        isRolledOut(object) &&
        !this.#dependencies.applied.isUpToDate(object),
    );
    if (due.length === 0) return;
    try {
      const blocker = await this.#blockerOf(component, due);
      if (blocker !== undefined) this.#waiting.set(component, blocker);
      else if (!(await this.#applyAll(due))) this.#holdBackLaterOnes(component);
    } catch (error) {
      const deployment = deploymentOf(this.#desired, component);
      if (deployment === undefined) this.#applier.fail(component, error);
      else this.#applier.record(deployment, error);
      this.#holdBackLaterOnes(component);
    }
  }

  #holdBackLaterOnes(component: Component): void {
    if (this.#desired.rolloutOrder.includes(component)) this.#failed ??= component;
  }

  /** Stops at the first failure: pods read their settings only once, so they must not start before these are stored. */
  async #applyAll(objects: readonly DesiredObject[]): Promise<boolean> {
    let isApplied = true;
    for (const object of objects) {
      if (isApplied) isApplied = await this.#applier.applyIfNeeded(object);
      else await this.#applier.reportIfNotOurs(object);
    }
    return isApplied;
  }

  /** The component that this one must wait for if its pods would be replaced. Drift is repaired without waiting. */
  async #blockerOf(component: Component, due: readonly DesiredObject[]): Promise<Component | undefined> {
    const { applied } = this.#dependencies;
    const { rolloutOrder } = this.#desired;
    if (!rolloutOrder.includes(component)) return undefined;
    const blocker =
      this.#failed ?? rolloutBlocker(component, rolloutOrder, (each) => this.#liveDeploymentOf(each));
    const deployment = deploymentOf(this.#desired, component);
    const live = this.#liveDeploymentOf(component);
    if (blocker === undefined || deployment === undefined || live === undefined) return undefined;
    if (due.every((object) => applied.has(object)) || applied.isUpToDate(deployment)) return undefined;
    const isReplacing = await applied.replacesPods(deployment, this.#applier.contentOf(deployment), live);
    return isReplacing ? blocker : undefined;
  }

  #liveDeploymentOf(component: Component) {
    const desired = deploymentOf(this.#desired, component);
    return desired && this.#applier.liveOf(desired);
  }

  /** Whether a grant that would replace this one is not in effect yet. */
  #isStillNeeded(entry: InventoryEntry): boolean {
    return replacementsOf(entry, this.#desired.objects).some((object) => {
      const live = this.#applier.liveOf(object);
      return live === undefined || live.healthProblem !== undefined;
    });
  }

  async #pruneMisdirected(): Promise<void> {
    const { objects } = this.#desired;
    for (const object of objects) {
      const target = misdirectedTo(object, objects, this.#applier.notOurs);
      if (target !== undefined && this.#applier.liveOf(object) !== undefined)
        await this.#prune([inventoryEntry(object)], misdirectedMessage(target));
    }
  }

  async #prune(entries: readonly InventoryEntry[], why = NOT_NEEDED): Promise<InventoryEntry[]> {
    const { client, applied, onPrune } = this.#dependencies;
    const remaining: InventoryEntry[] = [];
    for (const entry of entries) {
      try {
        const pruned = await pruneObject(client, this.#routingService, entry, this.#desired);
        if (pruned !== undefined) onPrune(entry, why);
        applied.forget(keyOfEntry(entry, this.#routingService.metadata.namespace));
      } catch (error) {
        remaining.push(entry);
        this.#applier.fail(`${entry.kind} ${entry.name}`, error);
      }
    }
    return remaining;
  }
}

const NOT_NEEDED = "which is no longer needed";

function isAutoscaler({ kind }: Pick<Kind, "kind">): boolean {
  return kind === "HorizontalPodAutoscaler";
}
