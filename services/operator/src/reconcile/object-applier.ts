import { type KubeObject, kindName } from "@dumbwaiter/kubernetes";
import {
  awaitedBy,
  type DesiredObject,
  type DesiredState,
  type Drift,
  findOurs,
  keyOf,
  missingKindReason,
  NotOursError,
  type OwnedObject,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import type { FencedClient } from "../leadership/fenced-client.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { AppliedObjects } from "./applied-objects.ts";
import type { Failure } from "./reconcile-outcome.ts";

export interface ApplierDependencies {
  readonly client: FencedClient;
  readonly applied: AppliedObjects;
  readonly objects: OwnedObjectCache;
  readonly onRepair: (desired: DesiredObject, drift: Drift) => void;
}

/**
 * Applies single objects of a routing service, and collects what became of them. An object waits until those that it
 * refers to are there and ours. Methods throw NotLeadingError.
 */
export class ObjectApplier {
  /** Missing kinds, and the reason for each. Their objects are no failures. */
  readonly missing = new Map<string, string>();
  readonly failures: Failure[] = [];
  /** Keys of objects that exist and belong to somebody else. */
  readonly notOurs = new Set<string>();
  readonly #routingService: RoutingService;
  readonly #desired: DesiredState;
  readonly #dependencies: ApplierDependencies;
  #contents: ReadonlyMap<string, KubeObject> | undefined;

  constructor(routingService: RoutingService, desired: DesiredState, dependencies: ApplierDependencies) {
    this.#routingService = routingService;
    this.#desired = desired;
    this.#dependencies = dependencies;
  }

  /** @returns whether it succeeded */
  async applyIfNeeded(object: DesiredObject): Promise<boolean> {
    const { applied, onRepair } = this.#dependencies;
    if (applied.isUpToDate(object) || this.missing.has(kindName(object))) return true;
    if (this.#mustWait(object)) {
      await this.reportIfNotOurs(object);
      return false;
    }
    try {
      const drift = await applied.apply(object, this.contentOf(object));
      if (drift !== undefined) onRepair(object, drift);
      return true;
    } catch (error) {
      return this.record(object, error);
    }
  }

  /** For an object that is not applied: the status names every object that is somebody else's, not only the first. */
  async reportIfNotOurs(object: DesiredObject): Promise<void> {
    if (this.liveOf(object) !== undefined) return;
    try {
      await findOurs(this.#dependencies.client, this.contentOf(object), { metadataOnly: true });
    } catch (error) {
      this.record(object, error);
    }
  }

  /** Records an error as a failure, unless the kind is missing. @returns whether it is */
  record(object: DesiredObject, error: unknown): boolean {
    const reason = missingKindReason(object, error);
    if (error instanceof NotOursError) this.notOurs.add(object.key);
    if (reason === undefined) this.fail(`${object.kind} ${object.name}`, error);
    else this.missing.set(kindName(object), reason);
    return reason !== undefined;
  }

  fail(what: string, error: unknown): void {
    if (error instanceof NotLeadingError) throw error;
    this.failures.push({ what, error: error as Error });
  }

  /** Undefined if there is none, or it is somebody else's. */
  liveOf({ key }: DesiredObject): OwnedObject | undefined {
    return this.#dependencies.objects.getOf(keyOf(this.#routingService), key);
  }

  contentOf({ key }: DesiredObject): KubeObject {
    this.#contents ??= this.#desired.contents();
    const content = this.#contents.get(key);
    if (content === undefined)
      throw new Error(`internal error: rendering the spec again did not produce ${key}`);
    return content;
  }

  #mustWait(object: DesiredObject): boolean {
    const isThere = (other: DesiredObject) =>
      this.missing.has(kindName(other)) || this.liveOf(other) !== undefined;
    return awaitedBy(object, this.#desired.objects, isThere) !== undefined;
  }
}
