import { isDeepStrictEqual } from "node:util";
import { isConflict, isNotFound, type KubeObject } from "@dumbwaiter/kubernetes";
import {
  FIELD_MANAGER,
  keyOf,
  operatorOf,
  ROUTING_SERVICE,
  type RoutingService,
  type RoutingServiceStatus,
} from "@dumbwaiter/routing-service";
import type { FencedClient } from "../leadership/fenced-client.ts";
import type { RoutingServiceCache } from "../watch/routing-service-cache.ts";
import { recordConditionEvents } from "./condition-events.ts";
import type { EventRecorder } from "./event-recorder.ts";

interface StatusWriterDependencies {
  readonly client: FencedClient;
  readonly routingServices: RoutingServiceCache;
  readonly events: EventRecorder;
  /** The operator's name, as `operatorOf` has it. */
  readonly operator: string;
  /** A status has other claims. */
  readonly onClaims: (key: string) => void;
}

const APPLY_STATUS = { fieldManager: FIELD_MANAGER, force: true, subresource: "status" } as const;

/** Writes the statuses of the routing services that this operator manages, by server-side apply. */
export class StatusWriter {
  readonly #dependencies: StatusWriterDependencies;

  constructor(dependencies: StatusWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes this operator the one that manages a routing service. Nothing else is written before: of several operators
   * that try at once, one succeeds.
   *
   * @returns whether this one did
   */
  async claim(routingService: RoutingService): Promise<boolean> {
    const { client, routingServices, operator } = this.#dependencies;
    const { metadata, status } = routingService;
    const { name, namespace, uid, resourceVersion = "" } = metadata;
    const claimed = { ...status, operator };
    const body = { ...ROUTING_SERVICE, metadata: { name, namespace, uid, resourceVersion }, status: claimed };
    try {
      const write = () => client.apply(body, APPLY_STATUS);
      await routingServices.writeStatus(keyOf(routingService), claimed, write);
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  /** Gives a routing service up, so that another operator can claim it. What the status says of its names stays. */
  async release({ metadata, status }: RoutingService): Promise<void> {
    const { client } = this.#dependencies;
    const { name, namespace, uid, resourceVersion = "" } = metadata;
    const { operator: _, ...rest } = status ?? {};
    const body = { ...ROUTING_SERVICE, metadata: { name, namespace, uid, resourceVersion }, status: rest };
    try {
      await client.apply(body, APPLY_STATUS);
    } catch (error) {
      // A newer state of it is on its way.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  /** Only if it has changed, and the routing service has not been handed over meanwhile. */
  async write(routingService: RoutingService, status: RoutingServiceStatus): Promise<void> {
    if (isDeepStrictEqual(routingService.status, status)) return;
    const { client, routingServices, events, operator, onClaims } = this.#dependencies;
    const key = keyOf(routingService);
    const current = routingServices.get(key);
    if (current === undefined || operatorOf(current) !== operator) return;
    const { name, namespace, uid } = routingService.metadata;
    const body: KubeObject = { ...ROUTING_SERVICE, metadata: { name, namespace, uid }, status };
    try {
      await routingServices.writeStatus(key, status, () => client.apply(body, APPLY_STATUS));
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    recordConditionEvents(routingService, status, events);
    if (!isDeepStrictEqual(routingService.status?.claims, status.claims)) onClaims(key);
  }
}
