import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { ApiError, type KubeClient, type KubeObject, Reflector } from "@dumbwaiter/kubernetes";
import { type PodReference, referenceVersion } from "@dumbwaiter/routing-service";

/** How long a reconcile waits for the first answer about a reference. */
const FIRST_ANSWER_MS = 5_000;

interface ReferenceWatchesOptions {
  readonly client: KubeClient;
  /** @param routingService a key */
  readonly onChange: (routingService: string) => void;
}

interface State {
  isAnswered: boolean;
  version?: string | undefined;
  /** Why it cannot be watched. */
  problem?: string | undefined;
}

interface Watched extends State {
  readonly reflector: Reflector;
  readonly users: Set<string>;
  readonly answered: PromiseWithResolvers<void>;
}

/**
 * Watches the ConfigMaps and Secrets that pods refer to, each by its name, as RBAC rules can grant it. Of a Secret it
 * asks for the metadata only.
 */
export class ReferenceWatches {
  readonly #options: ReferenceWatchesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: ReferenceWatchesOptions) {
    this.#options = options;
  }

  /** Watches these and no others for a routing service. Resolves once there has been an answer about each. */
  async want(routingService: string, namespace: string, references: readonly PodReference[]): Promise<void> {
    this.forget(routingService, new Set(references.map((each) => keyOf(namespace, each))));
    const wanted = references.map((each) => this.#watch(namespace, each));
    for (const { users } of wanted) users.add(routingService);
    if (wanted.length === 0) return;
    const stopping = new AbortController();
    const late = sleep(FIRST_ANSWER_MS, undefined, { signal: stopping.signal }).catch(() => {});
    await Promise.race([Promise.all(wanted.map(({ answered }) => answered.promise)), late]);
    stopping.abort();
  }

  /** Ends the watches that only this routing service needs. @param but keys of those that it still needs */
  forget(routingService: string, but: ReadonlySet<string> = new Set()): void {
    for (const [key, { users, reflector }] of this.#watched) {
      if (but.has(key) || !users.delete(routingService) || users.size > 0) continue;
      this.#watched.delete(key);
      void reflector.stop();
    }
  }

  /** Undefined if it is not watched, or there is none; null before the first answer: `onChange` tells of that. */
  versionOf(namespace: string, reference: PodReference): string | undefined | null {
    const watched = this.#watched.get(keyOf(namespace, reference));
    return watched?.isAnswered === false ? null : watched?.version;
  }

  /** Why it cannot be watched, if so. */
  problemOf(namespace: string, reference: PodReference): string | undefined {
    return this.#watched.get(keyOf(namespace, reference))?.problem;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watched.values()].map(({ reflector }) => reflector.stop()));
  }

  #watch(namespace: string, reference: PodReference): Watched {
    const key = keyOf(namespace, reference);
    const known = this.#watched.get(key);
    if (known !== undefined) return known;
    const { kind, name } = reference;
    const reflector = new Reflector({
      client: this.#options.client,
      kind: { apiVersion: "v1", kind },
      namespace,
      fieldSelector: `metadata.name=${name}`,
      metadataOnly: kind === "Secret",
      handler: {
        changed: (object: KubeObject) =>
          this.#update(watched, { isAnswered: true, version: referenceVersion(object) }),
        // What was there last is what pods run with.
        deleted: () => {},
        listed: () => this.#update(watched, { isAnswered: true, problem: undefined }),
      },
      onError: (error) => {
        // Others are over soon, and the reflector tries again.
        if (error instanceof ApiError && [403, 404].includes(error.status))
          this.#update(watched, { isAnswered: true, problem: error.message });
      },
    });
    const answered = Promise.withResolvers<void>();
    const watched: Watched = { reflector, users: new Set(), answered, isAnswered: false };
    this.#watched.set(key, watched);
    reflector.start();
    return watched;
  }

  #update(watched: Watched, change: Partial<State>): void {
    const { isAnswered, version, problem } = watched;
    Object.assign(watched, change);
    if (watched.isAnswered) watched.answered.resolve();
    if (
      isDeepStrictEqual(
        [isAnswered, version, problem],
        [watched.isAnswered, watched.version, watched.problem],
      )
    )
      return;
    for (const user of watched.users) this.#options.onChange(user);
  }
}

function keyOf(namespace: string, { kind, name }: PodReference): string {
  return `${namespace}/${kind}/${name}`;
}
