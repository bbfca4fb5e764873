import type { Component } from "@dumbwaiter/infra";
import { type Kind, type KubeObject, kindName } from "@dumbwaiter/kubernetes";
import {
  awaitedBy,
  type DesiredObject,
  type DesiredState,
  type Drift,
  deploymentOf,
  findOurs,
  type InventoryEntry,
  inventoryEntry,
  isRolledOut,
  keyOf,
  keyOfEntry,
  misdirectedMessage,
  misdirectedTo,
  missingKindReason,
  NotOursError,
  objectsToPrune,
  pruneObject,
  type RoutingService,
  rolloutBlocker,
  rolloutSequence,
} from "@dumbwaiter/routing-service";
import type { FencedClient } from "../leadership/fenced-client.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { AppliedObjects } from "./applied-objects.ts";
import type { AppliedOutcome, Failure } from "./reconcile-outcome.ts";
import { inReferenceOrder } from "./reference-order.ts";

interface ReconcileDependencies {
  readonly client: FencedClient;
  readonly applied: AppliedObjects;
  readonly objects: OwnedObjectCache;
  readonly onRepair: (desired: DesiredObject, drift: Drift) => void;
  /** @param why as a clause: `which is no longer needed` */
  readonly onPrune: (entry: InventoryEntry, why: string) => void;
}

/**
 * Applies and prunes the objects of a routing service. A failure only holds back the pods of its component and of later
 * ones. A missing kind holds back its own objects only, and is not a failure. An object that belongs to somebody else is
 * a failure. An object waits until those that it refers to are there and ours.
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
  readonly #missing = new Map<string, string>();
  readonly #waiting = new Map<Component, Component>();
  readonly #failures: Failure[] = [];
  readonly #notOurs = new Set<string>();
  /** The first component whose objects could not be applied. */
  #failed: Component | undefined;
  #contents: ReadonlyMap<string, KubeObject> | undefined;

  constructor(routingService: RoutingService, desired: DesiredState, dependencies: ReconcileDependencies) {
    this.#routingService = routingService;
    this.#desired = desired;
    this.#dependencies = dependencies;
  }

  async run(): Promise<AppliedOutcome> {
    const { objects, rolloutOrder } = this.#desired;
    const toPrune = objectsToPrune(
      this.#routingService,
      new Set(objects.map(({ key }) => key)),
      this.#dependencies.objects.ownedBy(this.#routingService.metadata.uid),
    );
    const plain = objects.filter((object) => !isAutoscaler(object) && !isRolledOut(object));
    for (const object of inReferenceOrder(plain)) await this.#applyIfNeeded(object);
    // Before the rollout: otherwise the autoscaler could overwrite the replicas that the spec now fixes.
    const remaining = await this.#prune(toPrune.filter(isAutoscaler));
    for (const component of rolloutSequence(rolloutOrder)) await this.#rollOut(component);
    for (const object of objects.filter(isAutoscaler)) await this.#applyIfNeeded(object);
    remaining.push(...(await this.#prune(toPrune.filter((entry) => !isAutoscaler(entry)))));
    await this.#pruneMisdirected();
    return {
      ...{ missing: this.#missing, waiting: this.#waiting, failures: this.#failures },
      ...{ notOurs: this.#notOurs, remaining },
    };
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
      if (deployment === undefined) this.#fail(component, error);
      else this.#isForMissingKind(deployment, error);
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
      if (isApplied) isApplied = await this.#applyIfNeeded(object);
      else await this.#reportIfNotOurs(object);
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
    const isReplacing = await applied.replacesPods(deployment, this.#contentOf(deployment), live);
    return isReplacing ? blocker : undefined;
  }

  #liveDeploymentOf(component: Component) {
    const desired = deploymentOf(this.#desired, component);
    return desired && this.#liveOf(desired);
  }

  #mustWait(object: DesiredObject): boolean {
    const isThere = (other: DesiredObject) => this.#missing.has(kindName(other)) || this.#isOurs(other);
    return awaitedBy(object, this.#desired.objects, isThere) !== undefined;
  }

  #isOurs(object: DesiredObject): boolean {
    return this.#liveOf(object) !== undefined;
  }

  #liveOf({ key }: DesiredObject) {
    return this.#dependencies.objects.getOf(keyOf(this.#routingService), key);
  }

  async #pruneMisdirected(): Promise<void> {
    const { objects } = this.#desired;
    for (const object of objects) {
      const target = misdirectedTo(object, objects, this.#notOurs);
      if (target !== undefined && this.#isOurs(object))
        await this.#prune([inventoryEntry(object)], misdirectedMessage(target));
    }
  }

  /** @returns whether it succeeded */
  async #applyIfNeeded(object: DesiredObject): Promise<boolean> {
    const { applied, onRepair } = this.#dependencies;
    if (applied.isUpToDate(object) || this.#missing.has(kindName(object))) return true;
    if (this.#mustWait(object)) {
      await this.#reportIfNotOurs(object);
      return false;
    }
    try {
      const drift = await applied.apply(object, this.#contentOf(object));
      if (drift !== undefined) onRepair(object, drift);
      return true;
    } catch (error) {
      return this.#isForMissingKind(object, error);
    }
  }

  /** For an object that is not applied: the status names every object that is somebody else's, not only the first. */
  async #reportIfNotOurs(object: DesiredObject): Promise<void> {
    if (this.#isOurs(object)) return;
    try {
      await findOurs(this.#dependencies.client, this.#contentOf(object), { metadataOnly: true });
    } catch (error) {
      this.#isForMissingKind(object, error);
    }
  }

  /** Records an error as a failure, unless the kind is missing. */
  #isForMissingKind(object: DesiredObject, error: unknown): boolean {
    const reason = missingKindReason(object, error);
    if (error instanceof NotOursError) this.#notOurs.add(object.key);
    if (reason === undefined) this.#fail(nameOf(object), error);
    else this.#missing.set(kindName(object), reason);
    return reason !== undefined;
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
        this.#fail(nameOf(entry), error);
      }
    }
    return remaining;
  }

  #contentOf({ key }: DesiredObject): KubeObject {
    this.#contents ??= this.#desired.contents();
    const content = this.#contents.get(key);
    if (content === undefined)
      throw new Error(`internal error: rendering the spec again did not produce ${key}`);
    return content;
  }

  #fail(what: string, error: unknown): void {
    if (error instanceof NotLeadingError) throw error;
    this.#failures.push({ what, error: error as Error });
  }
}

const NOT_NEEDED = "which is no longer needed";

function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

function isAutoscaler({ kind }: Pick<Kind, "kind">): boolean {
  return kind === "HorizontalPodAutoscaler";
}
