import type { KubeObject } from "@dumbwaiter/kubernetes";
import { inventoryEntry } from "./desired-state.ts";
import { type OwnedObject, objectKey } from "./owned-object.ts";
import { type InventoryEntry, MANAGED_BY, type RoutingService } from "./routing-service.ts";

/**
 * What is no longer wanted: what the inventory in the status holds, and what we see to be owned though the inventory
 * does not know of it, because we were stopped before we could write it down.
 *
 * @param wanted keys of objects
 * @param owned what bears the uid of the routing service in its owner reference
 */
export function leftovers(
  routingService: RoutingService,
  wanted: ReadonlySet<string>,
  owned: readonly OwnedObject[],
): InventoryEntry[] {
  const { namespace } = routingService.metadata;
  const found = new Map<string, InventoryEntry>();
  for (const entry of routingService.status?.inventory ?? []) found.set(keyOfEntry(entry, namespace), entry);
  for (const object of owned) {
    if (!object.isTerminating) found.set(object.key, inventoryEntry(object));
  }
  return [...found].filter(([key]) => !wanted.has(key)).map(([, entry]) => entry);
}

/** Whether it is a routing service's, by label and by the uid in its owner reference. */
export function isOwned({ metadata }: KubeObject, uid: string): boolean {
  const isOurs = metadata.labels?.[MANAGED_BY.label] === MANAGED_BY.value;
  return isOurs && (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

/** Whether what was found belongs to whom the content is to belong to. */
export function hasSameOwner(content: KubeObject, found: KubeObject | undefined): boolean {
  const uid = content.metadata.ownerReferences?.[0]?.uid;
  return found?.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

function keyOfEntry({ kind, name, ...rest }: InventoryEntry, namespace: string): string {
  return objectKey({ apiVersion: apiVersionOf(rest), kind }, namespace, name);
}

/** As an object bears it. */
export function apiVersionOf({ group, version }: Pick<InventoryEntry, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}
