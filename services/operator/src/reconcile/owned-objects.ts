import { isNewer, type Kind, type KubeObject } from "@dumbwaiter/kubernetes";
import { type OwnedObject, objectKey, observe } from "@dumbwaiter/routing-service";

/**
 * What is known of the live objects: from watches, and at once from the answers to our own writes. An older state
 * never takes the place of a newer one.
 */
export class OwnedObjects {
  readonly #byKey = new Map<string, OwnedObject>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #onChange: (routingService: string) => void;

  /** @param onChange hears whose object has changed, the keys of routing services */
  constructor(onChange: (routingService: string) => void) {
    this.#onChange = onChange;
  }

  get(key: string): OwnedObject | undefined {
    return this.#byKey.get(key);
  }

  /** The objects whose owner reference names this uid. */
  ownedBy(uid: string): OwnedObject[] {
    return [...(this.#byOwner.get(uid) ?? [])].map((key) => this.#byKey.get(key) as OwnedObject);
  }

  /** @returns what is known now, which may be newer */
  changed(object: KubeObject): OwnedObject {
    const state = observe(object);
    const known = this.#byKey.get(state.key);
    if (known?.uid === state.uid && !isNewer(state.resourceVersion, known.resourceVersion)) return known;
    this.#put(state, known);
    this.#tell(known, state);
    return state;
  }

  deleted(object: KubeObject): void {
    const { metadata } = object;
    const known = this.#byKey.get(objectKey(object, metadata.namespace ?? "", metadata.name));
    if (known !== undefined && known.uid === metadata.uid) this.#remove(known);
  }

  /** A list of a kind has ended: what it did not have and was there before is gone. */
  listed(
    { apiVersion, kind }: Kind,
    namespace: string | undefined,
    uids: ReadonlySet<string>,
    version: string | undefined,
  ): void {
    for (const known of this.#byKey.values()) {
      if (known.kind !== kind || known.apiVersion !== apiVersion) continue;
      if (namespace !== undefined && known.namespace !== namespace) continue;
      if (uids.has(known.uid)) continue;
      if (version === undefined || !isNewer(known.resourceVersion, version)) this.#remove(known);
    }
  }

  #put(state: OwnedObject, known: OwnedObject | undefined): void {
    if (known !== undefined) this.#unlink(known);
    this.#byKey.set(state.key, state);
    if (state.ownerUid === undefined) return;
    const keys = this.#byOwner.get(state.ownerUid) ?? new Set();
    this.#byOwner.set(state.ownerUid, keys.add(state.key));
  }

  #remove(known: OwnedObject): void {
    this.#unlink(known);
    this.#byKey.delete(known.key);
    this.#tell(known);
  }

  #unlink({ key, ownerUid = "" }: OwnedObject): void {
    const keys = this.#byOwner.get(ownerUid);
    keys?.delete(key);
    if (keys?.size === 0) this.#byOwner.delete(ownerUid);
  }

  #tell(...states: (OwnedObject | undefined)[]): void {
    for (const key of new Set(states.map((state) => state?.routingService))) {
      if (key !== undefined) this.#onChange(key);
    }
  }
}
