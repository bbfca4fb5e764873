import { isNotFound, UnknownKindError } from "./api-error.ts";
import type { Kind, Resource } from "./kube-object.ts";
import { groupVersionPath } from "./resource-path.ts";

/** A new CRD is noticed within this time; asking for a missing kind costs one call per this time. */
const MISS_TTL_MS = 5_000;

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

interface GroupVersion {
  readonly resources: Promise<ReadonlyMap<string, Resource>>;
  readonly readAt: number;
}

/** Which kinds the API server serves, and where. Read once for each group and version, and again if a kind is missing. */
export class Discovery {
  readonly #read: (path: string) => Promise<unknown>;
  readonly #known = new Map<string, GroupVersion>();

  constructor(read: (path: string) => Promise<unknown>) {
    this.#read = read;
  }

  /** @throws UnknownKindError if the kind is not served; ApiError or UnreachableError if that cannot be determined */
  async resourceOf({ apiVersion, kind }: Kind): Promise<Resource> {
    const known = this.#known.get(apiVersion) ?? this.#readAgain(apiVersion);
    const found = (await known.resources).get(kind);
    if (found !== undefined) return found;
    if (performance.now() - known.readAt < MISS_TTL_MS) throw new UnknownKindError(apiVersion, kind);
    // A concurrent call may have read it again already.
    const latest = this.#known.get(apiVersion);
    const again = latest === undefined || latest === known ? this.#readAgain(apiVersion) : latest;
    const appeared = (await again.resources).get(kind);
    if (appeared === undefined) throw new UnknownKindError(apiVersion, kind);
    return appeared;
  }

  /** Forgets a group and version: a 404 for a list shows that its CRD is gone. */
  forget({ apiVersion }: Pick<Kind, "apiVersion">): void {
    this.#known.delete(apiVersion);
  }

  #readAgain(apiVersion: string): GroupVersion {
    const entry = { resources: this.#readGroupVersion(apiVersion), readAt: performance.now() };
    this.#known.set(apiVersion, entry);
    entry.resources.catch(() => {
      if (this.#known.get(apiVersion) === entry) this.#known.delete(apiVersion);
    });
    return entry;
  }

  async #readGroupVersion(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    try {
      const { resources } = (await this.#read(groupVersionPath(apiVersion))) as ResourceList;
      return new Map(
        resources
          .filter(({ name }) => !name.includes("/"))
          .map(({ name, kind, namespaced }) => [kind, { apiVersion, kind, plural: name, namespaced }]),
      );
    } catch (error) {
      if (isNotFound(error)) return new Map();
      throw error;
    }
  }
}
