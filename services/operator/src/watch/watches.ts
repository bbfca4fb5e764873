import { type Kind, type KubeClient, kindName, Reflector } from "@dumbwaiter/kubernetes";
import { MANAGED_BY, ROUTING_SERVICE, reportsHealth } from "@dumbwaiter/routing-service";
import type { OwnedObjectCache } from "./owned-object-cache.ts";
import type { RoutingServiceCache } from "./routing-service-cache.ts";

/** The kinds that every routing service has. Other kinds are watched once a routing service needs them. */
const COMMON_KINDS: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
];

/** No step of a reflector takes this long. */
const STUCK_SECONDS = 180;

interface WatchesOptions {
  readonly client: KubeClient;
  /** Empty for all namespaces. */
  readonly namespaces: readonly string[];
  readonly routingServices: RoutingServiceCache;
  readonly objects: OwnedObjectCache;
  readonly onError: (kind: string, error: unknown) => void;
}

/** Keeps the caches up to date, with a reflector for each kind and namespace. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #namespaces: readonly (string | undefined)[];
  readonly #reflectors = new Map<string, readonly Reflector[]>();

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
  }

  /** Resolves once the caches have synced. Rejects if stopped before. */
  async start(): Promise<void> {
    const { client, routingServices } = this.#options;
    this.#start(ROUTING_SERVICE, (namespace) => {
      const handler = {
        changed: routingServices.changed.bind(routingServices),
        deleted: routingServices.deleted.bind(routingServices),
        listed: routingServices.listed.bind(routingServices, namespace),
      };
      return new Reflector({
        client,
        kind: ROUTING_SERVICE,
        namespace,
        handler,
        onError: this.#onError(ROUTING_SERVICE),
      });
    });
    for (const kind of COMMON_KINDS) this.ensure(kind);
    const reflectors = [...this.#reflectors.values()].flat();
    await Promise.all(reflectors.map((reflector) => reflector.untilSynced()));
  }

  /** Watches a kind from now on, even if its CRD is not installed yet. */
  ensure(kind: Kind): void {
    if (this.#reflectors.has(kindName(kind))) return;
    const { client, objects } = this.#options;
    this.#start(kind, (namespace) => {
      const handler = {
        changed: objects.changed.bind(objects),
        deleted: objects.deleted.bind(objects),
        listed: objects.listed.bind(objects, kind, namespace),
      };
      return new Reflector({
        ...{ client, kind, namespace, handler },
        labelSelector: `${MANAGED_BY.label}=${MANAGED_BY.value}`,
        metadataOnly: kind.kind !== "Deployment" && !reportsHealth(kind),
        onError: this.#onError(kind),
      });
    });
  }

  /** Why the watches are stuck, if they are. */
  stuck(): string | undefined {
    for (const [name, reflectors] of this.#reflectors) {
      const silent = reflectors.find(({ secondsSinceProgress }) => secondsSinceProgress > STUCK_SECONDS);
      if (silent) return `watch of ${name} made no progress for ${Math.round(silent.secondsSinceProgress)} s`;
    }
    return undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].flat().map((reflector) => reflector.stop()));
  }

  #start(kind: Kind, create: (namespace: string | undefined) => Reflector): void {
    const reflectors = this.#namespaces.map(create);
    this.#reflectors.set(kindName(kind), reflectors);
    for (const reflector of reflectors) reflector.start();
  }

  #onError(kind: Kind): (error: unknown) => void {
    return (error) => this.#options.onError(kindName(kind), error);
  }
}
