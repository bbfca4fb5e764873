import type { Component } from "@dumbwaiter/infra";
import type { Kind, KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  type DesiredState,
  dependencyProblem,
  holdsUp,
  type InventoryEntry,
  kindName,
  leftovers,
  objectKey,
  ROLLOUT_ORDER,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import type { FencedWriter } from "../leadership/fenced-writer.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";
import type { Applier } from "./applier.ts";
import type { Drift } from "./drift.ts";
import type { OwnedObjects } from "./owned-objects.ts";
import { prune } from "./prune.ts";

export interface Tools {
  readonly client: KubeClient;
  readonly writer: FencedWriter;
  readonly applier: Applier;
  readonly objects: OwnedObjects;
  readonly onRepair: (desired: DesiredObject, drift: Drift) => void;
  readonly onPrune: (entry: InventoryEntry) => void;
}

/** What came of bringing about a desired state. */
export interface Outcome {
  /** Kinds that cannot be had, and why: not installed, being removed, or not ours to use. */
  readonly missing: ReadonlyMap<string, string>;
  /** Components whose turn has not come, and which one they wait for. */
  readonly held: ReadonlyMap<Component, Component>;
  readonly failures: readonly Failure[];
  /** No longer wanted and still there. */
  readonly remaining: readonly InventoryEntry[];
}

export interface Failure {
  readonly what: string;
  readonly error: Error;
}

/**
 * Makes the cluster look as desired, as far as it goes: what fails keeps back its component's pods and those of the
 * later ones, and nothing else; a kind that is missing fails nothing.
 *
 * @throws NotLeadingError
 */
export async function bringAbout(
  routingService: RoutingService,
  desired: DesiredState,
  tools: Tools,
): Promise<Outcome> {
  return new Attempt(routingService, desired, tools).run();
}

class Attempt {
  readonly #routingService: RoutingService;
  readonly #desired: DesiredState;
  readonly #tools: Tools;
  readonly #missing = new Map<string, string>();
  readonly #held = new Map<Component, Component>();
  readonly #failures: Failure[] = [];
  /** The first component that could not be applied. */
  #failed: Component | undefined;
  #made: ReadonlyMap<string, KubeObject> | undefined;

  constructor(routingService: RoutingService, desired: DesiredState, tools: Tools) {
    this.#routingService = routingService;
    this.#desired = desired;
    this.#tools = tools;
  }

  async run(): Promise<Outcome> {
    const { objects } = this.#desired;
    const wanted = new Set(objects.map(({ key }) => key));
    const unwanted = leftovers(
      this.#routingService,
      wanted,
      this.#tools.objects.ownedBy(this.#routingService.metadata.uid),
    );
    for (const object of objects) {
      if (!isAutoscaler(object) && !movesWithPods(object)) await this.#applyIfNeeded(object);
    }
    // An autoscaler would write the number of replicas that is about to be fixed.
    const remaining = await this.#prune(unwanted.filter(isAutoscaler));
    for (const component of ROLLOUT_ORDER) await this.#rollOut(component);
    for (const object of objects.filter(isAutoscaler)) await this.#applyIfNeeded(object);
    remaining.push(...(await this.#prune(unwanted.filter((entry) => !isAutoscaler(entry)))));
    return { missing: this.#missing, held: this.#held, failures: this.#failures, remaining };
  }

  /** A component's settings go with its pods: those that restart meanwhile should not get the next ones' early. */
  async #rollOut(component: Component): Promise<void> {
    const parts = this.#desired.objects.filter(
      (object) => object.component === component && movesWithPods(object),
    );
    const due = parts.filter((object) => !this.#tools.applier.isUpToDate(object));
    if (due.length === 0) return;
    try {
      const blocker = await this.#blockerOf(component, due);
      if (blocker !== undefined) this.#held.set(component, blocker);
      else if (!(await this.#applyAll(due))) this.#failed ??= component;
    } catch (error) {
      this.#fail(component, error);
      this.#failed ??= component;
    }
  }

  /** Up to the first that fails: pods must not come before their settings, which they read but once. */
  async #applyAll(objects: readonly DesiredObject[]): Promise<boolean> {
    for (const object of objects) if (!(await this.#applyIfNeeded(object))) return false;
    return true;
  }

  /** The component that this one has to wait for, if its pods are to change. What others did is put right at once. */
  async #blockerOf(component: Component, due: readonly DesiredObject[]): Promise<Component | undefined> {
    const { applier, objects } = this.#tools;
    const blocker = this.#failed ?? holdsUp(component, (each) => this.#deploymentOf(each));
    const live = this.#deploymentOf(component);
    if (blocker === undefined || live === undefined) return undefined;
    if (due.every((object) => applier.hasApplied(object))) return undefined;
    const deployment = this.#desired.objects.find((object) => object.key === live.key);
    if (deployment === undefined || applier.isUpToDate(deployment)) return undefined;
    const changes = await applier.changesPods(
      deployment,
      this.#contentOf(deployment),
      objects.get(live.key) ?? live,
    );
    return changes ? blocker : undefined;
  }

  #deploymentOf(component: Component) {
    const desired = this.#desired.objects.find(
      (object) => object.kind === "Deployment" && object.component === component,
    );
    return desired && this.#tools.objects.get(desired.key);
  }

  /** @returns false when it failed */
  async #applyIfNeeded(object: DesiredObject): Promise<boolean> {
    const { applier, onRepair } = this.#tools;
    if (applier.isUpToDate(object) || this.#missing.has(kindName(object))) return true;
    try {
      const drift = await applier.apply(object, this.#contentOf(object));
      if (drift !== undefined) onRepair(object, drift);
      return true;
    } catch (error) {
      const problem = dependencyProblem(object, error);
      if (problem === undefined) this.#fail(`${object.kind} ${object.name}`, error);
      else this.#missing.set(kindName(object), problem);
      return problem !== undefined;
    }
  }

  async #prune(entries: readonly InventoryEntry[]): Promise<InventoryEntry[]> {
    const { client, writer, applier, onPrune } = this.#tools;
    const { namespace } = this.#routingService.metadata;
    const remaining: InventoryEntry[] = [];
    for (const entry of entries) {
      try {
        if (await prune(this.#routingService, entry, client, writer)) onPrune(entry);
        applier.forget(objectKey({ apiVersion: `${entry.group}/`, kind: entry.kind }, namespace, entry.name));
      } catch (error) {
        remaining.push(entry);
        this.#fail(`${entry.kind} ${entry.name}`, error);
      }
    }
    return remaining;
  }

  #contentOf({ key }: DesiredObject): KubeObject {
    this.#made ??= this.#desired.contents();
    const content = this.#made.get(key);
    if (content === undefined) throw new Error(`rendering twice gave no ${key}`);
    return content;
  }

  #fail(what: string, error: unknown): void {
    if (error instanceof NotLeadingError) throw error;
    this.#failures.push({ what, error: error as Error });
  }
}

function isAutoscaler({ kind }: Pick<Kind, "kind">): boolean {
  return kind === "HorizontalPodAutoscaler";
}

function movesWithPods({ kind, component }: DesiredObject): boolean {
  return component !== undefined && (kind === "Deployment" || kind === "ConfigMap");
}
