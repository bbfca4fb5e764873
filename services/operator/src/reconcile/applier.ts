import { isConflict, isInvalid, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  FIELD_MANAGER,
  hashOf,
  hasSameOwner,
  type OwnedObject,
  withReplicas,
} from "@dumbwaiter/routing-service";
import type { FencedWriter } from "../leadership/fenced-writer.ts";
import { type Drift, driftOf } from "./drift.ts";
import type { OwnedObjects } from "./owned-objects.ts";

/** What was applied last, and how the object looked then. */
interface Applied {
  readonly hash: string;
  readonly uid: string;
  readonly fingerprint: string;
}

const ATTEMPTS = 5;

/** Owns what it sets for a moment only. */
const REPAIR_MANAGER = "dumbwaiter-operator-repair";

/**
 * Applies the objects of one routing service, and leaves out what would change nothing: what we applied ourselves, and
 * nobody has touched since.
 */
export class Applier {
  readonly #client: KubeClient;
  readonly #writer: FencedWriter;
  readonly #objects: OwnedObjects;
  readonly #applied = new Map<string, Applied>();
  /** Answers of dry runs, by the key of a Deployment. */
  readonly #dryRuns = new Map<string, { readonly of: string; readonly templateHash: string }>();

  constructor(client: KubeClient, writer: FencedWriter, objects: OwnedObjects) {
    this.#client = client;
    this.#writer = writer;
    this.#objects = objects;
  }

  /** Whether an apply would change nothing. */
  isUpToDate({ key, hash }: DesiredObject): boolean {
    const applied = this.#applied.get(key);
    const live = this.#objects.get(key);
    return (
      applied !== undefined &&
      live !== undefined &&
      !live.isTerminating &&
      applied.hash === hash &&
      applied.uid === live.uid &&
      applied.fingerprint === live.fingerprint
    );
  }

  /** Whether we have brought it to this very state before: what it differs in now is somebody else's doing. */
  hasApplied({ key, hash }: DesiredObject): boolean {
    return this.#applied.get(key)?.hash === hash;
  }

  /** @returns what somebody else had done to it, if anything */
  async apply(desired: DesiredObject, content: KubeObject): Promise<Drift | undefined> {
    const mayHaveDrifted = this.hasApplied(desired);
    const found = mayHaveDrifted ? await this.#client.find(content) : undefined;
    if (found !== undefined) this.#objects.changed(found);
    const result = await this.#applyWithReplicas(desired, content);
    const { uid, fingerprint } = this.#objects.changed(result);
    this.#applied.set(desired.key, { hash: desired.hash, uid, fingerprint });
    this.#dryRuns.delete(desired.key);
    return mayHaveDrifted ? driftOf(found, result) : undefined;
  }

  /** Whether applying it would change the pods of a Deployment that exists. */
  async changesPods(desired: DesiredObject, content: KubeObject, live: OwnedObject): Promise<boolean> {
    const of = `${desired.hash} ${live.uid} ${live.fingerprint}`;
    let known = this.#dryRuns.get(desired.key);
    if (known?.of !== of) {
      const result = await this.#writer.apply(content, { fieldManager: FIELD_MANAGER, dryRun: true });
      const { template } = result.spec as { template: unknown };
      known = { of, templateHash: hashOf(template) };
      this.#dryRuns.set(desired.key, known);
    }
    return known.templateHash !== live.deployment?.templateHash;
  }

  forget(key: string): void {
    this.#applied.delete(key);
    this.#dryRuns.delete(key);
  }

  /** Another process may have applied something else in our name. */
  forgetAll(): void {
    this.#applied.clear();
    this.#dryRuns.clear();
  }

  /** Against the newest state, when the number of replicas depends on it. */
  async #applyWithReplicas(desired: DesiredObject, content: KubeObject): Promise<KubeObject> {
    const options = { fieldManager: FIELD_MANAGER };
    const { firstReplicas } = desired;
    if (firstReplicas === undefined) return this.#applyOver(content, options);
    for (let attempt = 1; ; attempt++) {
      let live = this.#objects.get(desired.key);
      if (live === undefined || attempt > 1) {
        const found = await this.#client.find(content);
        live = found === undefined ? undefined : this.#objects.changed(found);
      }
      try {
        return await this.#applyOver(withReplicas(content, live, firstReplicas), options);
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Others may have added what does not go with ours: a second port of a Service by the same name. An apply leaves it
   * alone, and is refused for ever. Then our lists take the place of what is there, and we apply again.
   */
  async #applyOver(content: KubeObject, options: { readonly fieldManager: string }): Promise<KubeObject> {
    try {
      return await this.#writer.apply(content, options);
    } catch (error) {
      if (!isInvalid(error) || !hasSameOwner(content, await this.#client.find(content))) throw error;
      const { apiVersion, kind, metadata, ...rest } = content;
      const replaced = await this.#writer.mergePatch(content, rest, { fieldManager: REPAIR_MANAGER });
      const managedFields = replaced.metadata.managedFields?.filter(
        ({ manager }) => manager !== REPAIR_MANAGER,
      );
      // What the repair set would stay for ever if its entry did: nobody applies in its name again.
      const { resourceVersion } = replaced.metadata;
      await this.#writer.mergePatch(content, { metadata: { resourceVersion, managedFields } });
      return this.#writer.apply(withoutVersion(content), options);
    }
  }
}

function withoutVersion({ metadata, ...rest }: KubeObject): KubeObject {
  const { resourceVersion, ...others } = metadata;
  return { ...rest, metadata: others } as KubeObject;
}
