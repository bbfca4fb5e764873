import { isGoneFromList, isNewer, type Kind, type KubeObject } from "@dumbwaiter/kubernetes";
import { type OwnedObject, objectKey, observe } from "@dumbwaiter/routing-service";

/**
 * A cache of the live objects, from watches and from the responses to the operator's own writes. An older state never
 * replaces a newer one.
 */
export class OwnedObjectCache {
  readonly #byKey = new Map<string, OwnedObject>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #onChange: (routingService: string) => void;

  /** @param onChange called with the key of the routing service whose object has changed */
  constructor(onChange: (routingService: string) => void) {
    this.#onChange = onChange;
  }

  get(key: string): OwnedObject | undefined {
    return this.#byKey.get(key);
  }

  /** The object if it belongs to this routing service. */
  getOf(routingService: string, key: string): OwnedObject | undefined {
    const object = this.#byKey.get(key);
    return object?.routingService === routingService ? object : undefined;
  }

  /** The objects with an owner reference to this uid. */
  ownedBy(uid: string): OwnedObject[] {
    return [...(this.#byOwner.get(uid) ?? [])].map((key) => this.#byKey.get(key) as OwnedObject);
  }

  /** @returns the cached state, which may be newer */
  changed(object: KubeObject): OwnedObject {
    const { name, namespace = "" } = object.metadata;
    const known = this.#byKey.get(objectKey(object, namespace, name));
    const state = observe(object, known);
    if (known?.uid === state.uid && !isNewer(state.resourceVersion, known.resourceVersion)) return known;
    this.#put(state, known);
    this.#notify(known, state);
    return state;
  }

  deleted(object: KubeObject): void {
    const { metadata } = object;
    const known = this.#byKey.get(objectKey(object, metadata.namespace ?? "", metadata.name));
    if (known !== undefined && known.uid === metadata.uid) this.#remove(known);
  }

  /** A list of a kind is complete. */
  listed(
    { apiVersion, kind }: Kind,
    namespace: string | undefined,
    uids: ReadonlySet<string>,
    version: string | undefined,
  ): void {
    for (const known of this.#byKey.values()) {
      if (known.kind !== kind || known.apiVersion !== apiVersion) continue;
      if (namespace !== undefined && known.namespace !== namespace) continue;
      if (isGoneFromList(known, uids, version)) this.#remove(known);
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
    this.#notify(known);
  }

  #unlink({ key, ownerUid = "" }: OwnedObject): void {
    const keys = this.#byOwner.get(ownerUid);
    keys?.delete(key);
    if (keys?.size === 0) this.#byOwner.delete(ownerUid);
  }

  #notify(...states: (OwnedObject | undefined)[]): void {
    for (const key of new Set(states.map((state) => state?.routingService))) {
      if (key !== undefined) this.#onChange(key);
    }
  }
}
