import { type Kind, type KubeClient, Reflector } from "@dumbwaiter/kubernetes";
import { kindName, MANAGED_BY, ROUTING_SERVICE } from "@dumbwaiter/routing-service";
import type { OwnedObjects } from "../reconcile/owned-objects.ts";
import type { RoutingServices } from "./routing-services.ts";

/** What every routing service has. The other kinds are watched from when one needs them. */
const ALWAYS: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
];

/** No part of a reflector's work takes as long. */
const STUCK_SECONDS = 180;

export interface WatchesOptions {
  readonly client: KubeClient;
  /** None for all. */
  readonly namespaces: readonly string[];
  readonly routingServices: RoutingServices;
  readonly objects: OwnedObjects;
  readonly onError: (kind: string, error: unknown) => void;
}

/** Keeps what we know of the cluster up to date, kind by kind and namespace by namespace. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #namespaces: readonly (string | undefined)[];
  readonly #reflectors = new Map<string, readonly Reflector[]>();

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
  }

  /** Resolves once all that every routing service needs is known. Rejects when it is stopped before. */
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
    for (const kind of ALWAYS) this.ensure(kind);
    const reflectors = [...this.#reflectors.values()].flat();
    await Promise.all(reflectors.map((reflector) => reflector.untilSynced()));
  }

  /** Watches a kind from now on; its CRD may come later. */
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
        metadataOnly: kind.kind !== "Deployment",
        onError: this.#onError(kind),
      });
    });
  }

  /** Which watch no longer moves, if any. */
  stuck(): string | undefined {
    for (const [name, reflectors] of this.#reflectors) {
      const silent = reflectors.find(({ secondsSinceProgress }) => secondsSinceProgress > STUCK_SECONDS);
      if (silent)
        return `the watch of ${name} has not moved for ${Math.round(silent.secondsSinceProgress)} s`;
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
