import type { KubeObject } from "@dumbwaiter/kubernetes";
import {
  type ApplyClient,
  applyObject,
  type DesiredObject,
  type Drift,
  driftOf,
  NotOursError,
  type OwnedObject,
  podTemplateHash,
} from "@dumbwaiter/routing-service";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";

/** What was applied last, and how the live object looked afterwards. */
interface LastApplied {
  readonly hash: string;
  readonly uid: string;
  readonly fingerprint: string;
}

/** Applies objects, and remembers what it applied: an apply that would change nothing is not sent. */
export class AppliedObjects {
  readonly #client: ApplyClient;
  readonly #objects: OwnedObjectCache;
  readonly #lastApplied = new Map<string, LastApplied>();
  /** Keys of objects that belonged to somebody else when we last tried. */
  readonly #notOurs = new Set<string>();
  /** Results of dry runs, by the key of a Deployment. */
  readonly #dryRuns = new Map<string, { readonly of: string; readonly templateHash: string }>();

  constructor(client: ApplyClient, objects: OwnedObjectCache) {
    this.#client = client;
    this.#objects = objects;
  }

  /** Whether an apply would change nothing: we applied it, and nobody has changed it since. */
  isUpToDate({ key, hash }: DesiredObject): boolean {
    const applied = this.#lastApplied.get(key);
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

  /** Whether this content was applied before: any difference to the live object is then somebody else's change. */
  has({ key, hash }: DesiredObject): boolean {
    return this.#lastApplied.get(key)?.hash === hash;
  }

  /** @returns what others had changed in the object, if anything. @throws NotOursError */
  async apply(desired: DesiredObject, content: KubeObject): Promise<Drift | undefined> {
    const mayHaveDrifted = this.has(desired);
    const { live, result } = await this.#apply(desired, content, mayHaveDrifted);
    const { uid, fingerprint } = this.#objects.changed(result);
    this.#lastApplied.set(desired.key, { hash: desired.hash, uid, fingerprint });
    this.#dryRuns.delete(desired.key);
    return mayHaveDrifted ? driftOf(live, result) : undefined;
  }

  async #apply(desired: DesiredObject, content: KubeObject, mayHaveDrifted: boolean) {
    const { key } = desired;
    // Somebody else's object costs a read, not a write that is refused.
    const readLive = mayHaveDrifted || this.#notOurs.has(key);
    try {
      const known = this.#objects.get(key);
      const outcome = await applyObject(this.#client, desired, content, { known, readLive });
      this.#notOurs.delete(key);
      return outcome;
    } catch (error) {
      if (error instanceof NotOursError) this.#notOurs.add(key);
      throw error;
    }
  }

  /** Whether an apply would replace the pods of an existing Deployment. */
  async replacesPods(desired: DesiredObject, content: KubeObject, live: OwnedObject): Promise<boolean> {
    const of = `${desired.hash} ${live.uid} ${live.fingerprint}`;
    let dryRun = this.#dryRuns.get(desired.key);
    if (dryRun?.of !== of) {
      const { result } = await applyObject(this.#client, desired, content, { dryRun: true, known: live });
      dryRun = { of, templateHash: podTemplateHash(result) };
      this.#dryRuns.set(desired.key, dryRun);
    }
    return dryRun.templateHash !== live.deployment?.templateHash;
  }

  forget(key: string): void {
    this.#lastApplied.delete(key);
    this.#notOurs.delete(key);
    this.#dryRuns.delete(key);
  }

  /** Another process may have applied something else with our field manager. */
  forgetAll(): void {
    this.#lastApplied.clear();
    this.#notOurs.clear();
    this.#dryRuns.clear();
  }
}
