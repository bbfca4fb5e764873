import {
  apiVersionOf,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  UnknownKindError,
} from "@dumbwaiter/kubernetes";
import { inventoryEntry } from "./desired-state.ts";
import { type OwnedObject, objectKey } from "./owned-object.ts";
import { hasOwner, type InventoryEntry, MANAGED_BY, type RoutingService } from "./routing-service.ts";

/**
 * Objects that the spec no longer asks for: those of the inventory in the status, and others that are owned though the
 * inventory lacks them, because the operator was stopped before it could write the status.
 *
 * @param desired keys of objects
 * @param owned objects with an owner reference to the routing service
 */
export function objectsToPrune(
  { metadata: { namespace }, status }: RoutingService,
  desired: ReadonlySet<string>,
  owned: readonly OwnedObject[],
): InventoryEntry[] {
  const entries = new Map((status?.inventory ?? []).map((entry) => [keyOfEntry(entry, namespace), entry]));
  for (const object of owned) {
    if (!object.isTerminating) entries.set(object.key, inventoryEntry(object));
  }
  return [...entries].filter(([key]) => !desired.has(key)).map(([, entry]) => entry);
}

export function keyOfEntry({ kind, name, ...rest }: InventoryEntry, namespace: string): string {
  return objectKey({ apiVersion: apiVersionOf(rest), kind }, namespace, name);
}

/**
 * The metadata of the live object, if it is the routing service's by label and by owner reference. Any other object of
 * that name is left alone.
 */
export async function findObjectToPrune(
  client: Pick<KubeClient, "get">,
  { metadata: { namespace, uid } }: RoutingService,
  entry: InventoryEntry,
): Promise<KubeObject | undefined> {
  const object = {
    apiVersion: apiVersionOf(entry),
    kind: entry.kind,
    metadata: { name: entry.name, namespace },
  };
  try {
    const live = await client.get(object, { metadataOnly: true });
    const isManaged = live.metadata.labels?.[MANAGED_BY.label] === MANAGED_BY.value;
    const isTerminating = live.metadata.deletionTimestamp !== undefined;
    return isManaged && hasOwner(live, uid) && !isTerminating ? live : undefined;
  } catch (error) {
    if (isNotFound(error) || error instanceof UnknownKindError) return undefined;
    throw error;
  }
}

/** @returns whether there was an object to delete */
export async function pruneObject(
  client: Pick<KubeClient, "get" | "delete">,
  routingService: RoutingService,
  entry: InventoryEntry,
): Promise<boolean> {
  const live = await findObjectToPrune(client, routingService, entry);
  if (live === undefined) return false;
  try {
    await client.delete(live, { uid: live.metadata.uid });
    return true;
  } catch (error) {
    // Deleted by somebody else, perhaps with its kind; or another object has the name now.
    if (isNotFound(error) || isConflict(error) || error instanceof UnknownKindError) return false;
    throw error;
  }
}
