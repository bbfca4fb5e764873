import { isDeepStrictEqual } from "node:util";
import { isGoneFromList, isNewer, type KubeObject } from "@dumbwaiter/kubernetes";
import { keyOf, type RoutingService, type RoutingServiceStatus } from "@dumbwaiter/routing-service";

/** A cache of the routing services. An older state never replaces a newer one. */
export class RoutingServiceCache {
  readonly #byKey = new Map<string, RoutingService>();
  /** Statuses that are being written, by key. */
  readonly #expected = new Map<string, RoutingServiceStatus>();
  readonly #onChange: (key: string) => void;

  constructor(onChange: (key: string) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#byKey.size;
  }

  keys(): string[] {
    return [...this.#byKey.keys()];
  }

  get(key: string): RoutingService | undefined {
    return this.#byKey.get(key);
  }

  changed(object: KubeObject): void {
    const { managedFields, ...metadata } = object.metadata;
    const state = { ...object, metadata } as RoutingService;
    const key = keyOf(state);
    const known = this.#byKey.get(key);
    const { uid, resourceVersion = "0" } = state.metadata;
    if (known?.metadata.uid === uid && !isNewer(resourceVersion, known.metadata.resourceVersion ?? "0"))
      return;
    this.#byKey.set(key, state);
    if (known === undefined || !this.#isExpected(key, known, state)) this.#onChange(key);
  }

  /**
   * Writes a status without reporting it as a change. Otherwise every failure with a new message would cause another
   * reconcile at once.
   *
   * @param write resolves with the resulting routing service
   */
  async writeStatus(
    key: string,
    status: RoutingServiceStatus,
    write: () => Promise<KubeObject>,
  ): Promise<void> {
    this.#expected.set(key, status);
    try {
      this.changed(await write());
    } finally {
      this.#expected.delete(key);
    }
  }

  deleted(object: KubeObject): void {
    const key = keyOf(object as RoutingService);
    if (this.#byKey.get(key)?.metadata.uid !== object.metadata.uid) return;
    this.#byKey.delete(key);
    this.#onChange(key);
  }

  /** A list is complete. */
  listed(namespace: string | undefined, uids: ReadonlySet<string>, version: string | undefined): void {
    for (const known of this.#byKey.values()) {
      if (namespace !== undefined && known.metadata.namespace !== namespace) continue;
      if (isGoneFromList(known.metadata, uids, version)) this.deleted(known);
    }
  }

  #isExpected(key: string, known: RoutingService, state: RoutingService): boolean {
    const expected = this.#expected.get(key);
    return (
      expected !== undefined &&
      isDeepStrictEqual(state.status, expected) &&
      (["uid", "generation", "deletionTimestamp"] as const).every(
        (field) => known.metadata[field] === state.metadata[field],
      )
    );
  }
}
