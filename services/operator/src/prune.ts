import {
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  UnknownKindError,
} from "@dumbwaiter/kubernetes";
import { inventoryEntry } from "./desired-state.ts";
import type { FencedWriter } from "./fenced-writer.ts";
import { objectKey } from "./owned-object.ts";
import type { OwnedObjects } from "./owned-objects.ts";
import { type InventoryEntry, MANAGED_BY, type RoutingService } from "./routing-service.ts";

/**
 * What is no longer wanted: what the inventory in the status holds, and what we see to be owned though the inventory
 * does not know of it, because we were stopped before we could write it down.
 */
export function leftovers(
  routingService: RoutingService,
  wanted: ReadonlySet<string>,
  objects: OwnedObjects,
): InventoryEntry[] {
  const { namespace, uid } = routingService.metadata;
  const found = new Map<string, InventoryEntry>();
  for (const entry of routingService.status?.inventory ?? []) found.set(keyOfEntry(entry, namespace), entry);
  for (const object of objects.ownedBy(uid)) {
    if (!object.isTerminating) found.set(object.key, inventoryEntry(object));
  }
  return [...found].filter(([key]) => !wanted.has(key)).map(([, entry]) => entry);
}

/**
 * Deletes an object that is no longer wanted, if it is ours by label and by the uid in its owner reference; whatever
 * else bears its name is left alone.
 *
 * @returns whether there was one to delete
 */
export async function prune(
  routingService: RoutingService,
  { group, version, kind, name }: InventoryEntry,
  client: KubeClient,
  writer: FencedWriter,
): Promise<boolean> {
  const { namespace, uid } = routingService.metadata;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const object = { apiVersion, kind, metadata: { name, namespace } };
  try {
    const live = await client.get(object, { metadataOnly: true });
    if (!isOwned(live, uid) || live.metadata.deletionTimestamp !== undefined) return false;
    await writer.delete(object, { uid: live.metadata.uid });
    return true;
  } catch (error) {
    // Gone, with its kind perhaps; or another has taken its name.
    if (isNotFound(error) || isConflict(error) || error instanceof UnknownKindError) return false;
    throw error;
  }
}

function isOwned({ metadata }: KubeObject, uid: string): boolean {
  const isOurs = metadata.labels?.[MANAGED_BY.label] === MANAGED_BY.value;
  return isOurs && (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

function keyOfEntry({ group, version, kind, name }: InventoryEntry, namespace: string): string {
  return objectKey({ apiVersion: group === "" ? version : `${group}/${version}`, kind }, namespace, name);
}
