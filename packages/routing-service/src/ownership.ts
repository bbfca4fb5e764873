import { groupOf, type KubeObject } from "@dumbwaiter/kubernetes";
import { INSTANCE_LABEL, MANAGED_BY, ROUTING_SERVICE } from "./routing-service.ts";

/** Hands an object over to the routing service whose name is the value. */
export const ADOPT_ANNOTATION = "dumbwaiter.io/adopt";

type Metadata = KubeObject["metadata"];

/**
 * The name of the routing service that an object belongs to, in its namespace: by its owner reference, because somebody
 * handed it over, or by the labels that the operator and `npm run synth` write. Undefined if it is somebody else's.
 */
export function belongsTo(metadata: Metadata): string | undefined {
  const { ownerReferences = [], labels, annotations } = metadata;
  const owner = routingServiceReference(metadata);
  if (owner !== undefined) return owner.name;
  // The API server allows one controller only.
  if (ownerReferences.some(({ controller }) => controller)) return undefined;
  const isManaged = labels?.[MANAGED_BY.label] === MANAGED_BY.value;
  return annotations?.[ADOPT_ANNOTATION] ?? (isManaged ? labels?.[INSTANCE_LABEL] : undefined);
}

/** The owner reference to a routing service, if there is one. */
export function routingServiceReference({ ownerReferences }: Metadata) {
  return ownerReferences?.find(
    (reference) => reference.kind === ROUTING_SERVICE.kind && groupOf(reference) === groupOf(ROUTING_SERVICE),
  );
}

/** An object exists and is somebody else's, so it is not applied. The message says what to do. */
export class NotOursError extends Error {
  override readonly name = "NotOursError";
}

/** @param live has the name of an object that the routing service needs */
export function somebodyElses(live: KubeObject, routingService: string): NotOursError {
  const { ownerReferences = [], labels = {} } = live.metadata;
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner !== undefined) {
    const does = `exists and belongs to ${owner.kind} ${owner.name}`;
    return new NotOursError(`${does} (delete it, or give the RoutingService another name)`);
  }
  const instance = labels[MANAGED_BY.label] === MANAGED_BY.value ? labels[INSTANCE_LABEL] : undefined;
  const whose = instance === undefined ? "is not part of" : `has the labels of ${instance}, not of`;
  const advice = `delete it, or annotate it with ${ADOPT_ANNOTATION}=${routingService} to hand it over`;
  return new NotOursError(`exists and ${whose} RoutingService ${routingService} (${advice})`);
}
