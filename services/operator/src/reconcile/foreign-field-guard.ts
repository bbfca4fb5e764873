import {
  type DesiredObject,
  type DesiredState,
  type ForeignChange,
  type ForeignDrift,
  type ForeignPolicy,
  foreignPolicyOf,
  guardForeignFields,
  isGuarded,
  isUnwanted,
  type OwnedObject,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import type { FencedClient } from "../leadership/fenced-client.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { DriftedObject, Failure } from "./reconcile-outcome.ts";

export interface GuardOutcome {
  readonly drifted: readonly DriftedObject[];
  /** Objects in which it could not be found out what stays. */
  readonly unchecked: readonly Failure[];
  /** Those of them in which something must not stay. */
  readonly failures: readonly Failure[];
}

type OnRemoved = (desired: DesiredObject, removed: readonly ForeignChange[]) => void;

/** Finds fields of others in the objects of routing services, and removes those that must not stay. */
export class ForeignFieldGuard {
  readonly #client: FencedClient;
  readonly #objects: OwnedObjectCache;
  /** What stays in an object, by its key: found out once for each state. */
  readonly #kept = new Map<string, { readonly of: string; readonly changes: readonly ForeignChange[] }>();

  constructor(client: FencedClient, objects: OwnedObjectCache) {
    this.#client = client;
    this.#objects = objects;
  }

  /** @throws NotLeadingError */
  async guard(
    routingService: RoutingService,
    desired: DesiredState,
    onRemoved: OnRemoved,
  ): Promise<GuardOutcome> {
    const drifted: DriftedObject[] = [];
    const unchecked: Failure[] = [];
    const failures: Failure[] = [];
    for (const object of desired.objects) {
      const what = `${object.kind} ${object.name}`;
      const live = this.#objects.get(object.key);
      if (live?.ownerUid !== routingService.metadata.uid || live.foreignFields.length === 0) {
        this.#kept.delete(object.key);
        continue;
      }
      const policy = foreignPolicyOf(routingService, desired, object);
      try {
        const changes = await this.#guardObject(object, live, policy, onRemoved);
        if (changes.length > 0) drifted.push({ what, changes });
      } catch (error) {
        if (error instanceof NotLeadingError) throw error;
        const failure = { what, error: error as Error };
        unchecked.push(failure);
        if (live.foreignFields.some((field) => isUnwanted(field, policy))) failures.push(failure);
      }
    }
    return { drifted, unchecked, failures };
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  async #guardObject(
    desired: DesiredObject,
    live: OwnedObject,
    policy: ForeignPolicy,
    onRemoved: OnRemoved,
  ): Promise<readonly ForeignChange[]> {
    const guarded = live.foreignFields.filter((field) => isGuarded(field, policy));
    if (guarded.length === 0) {
      this.#kept.delete(desired.key);
      return [];
    }
    const { isStrict, ignoredManagers } = policy;
    const of = JSON.stringify([live.uid, live.contentVersion, guarded, isStrict, [...ignoredManagers]]);
    const known = this.#kept.get(desired.key);
    if (known?.of === of) return known.changes;
    const { apiVersion, kind, name, namespace } = live;
    const object = { apiVersion, kind, metadata: { name, namespace } };
    const { kept, removed, result }: ForeignDrift = await guardForeignFields(this.#client, object, policy);
    if (result !== undefined) this.#objects.changed(result);
    if (removed.length > 0) {
      // The state has changed: when the same is added again, it is the same state as before.
      this.#kept.delete(desired.key);
      onRemoved(desired, removed);
    } else this.#kept.set(desired.key, { of, changes: kept });
    return kept;
  }
}
