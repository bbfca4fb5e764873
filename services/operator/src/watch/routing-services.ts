import { isDeepStrictEqual } from "node:util";
import { isNewer, type KubeObject } from "@dumbwaiter/kubernetes";
import { keyOf, type RoutingService, type RoutingServiceStatus } from "@dumbwaiter/routing-service";

/** The routing services that there are. An older state never takes the place of a newer one. */
export class RoutingServices {
  readonly #byKey = new Map<string, RoutingService>();
  /** Statuses that are being written. */
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
   * Writes a status. Nobody need look at a routing service because of what we found there ourselves: after a failure
   * that would be at once, again and again, each time that its message is another.
   *
   * @param write resolves with the routing service as it is then
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

  /** A list has ended: what it did not have and was there before is gone. */
  listed(namespace: string | undefined, uids: ReadonlySet<string>, version: string | undefined): void {
    for (const known of this.#byKey.values()) {
      const { metadata } = known;
      if (namespace !== undefined && metadata.namespace !== namespace) continue;
      if (uids.has(metadata.uid)) continue;
      if (version === undefined || !isNewer(metadata.resourceVersion ?? "0", version)) this.deleted(known);
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
