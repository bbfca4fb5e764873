import {
  apiVersionOf,
  groupOf,
  isConflict,
  isNotFound,
  type Kind,
  type KubeClient,
  type KubeObject,
  UnknownKindError,
} from "@dumbwaiter/kubernetes";
import { type DesiredState, inventoryEntry } from "./desired-state.ts";
import { type OwnedObject, objectKey } from "./owned-object.ts";
import {
  FIELD_MANAGER,
  hasOwner,
  type InventoryEntry,
  MANAGED_BY,
  type RoutingService,
} from "./routing-service.ts";

/** Config Connector deletes a resource or revokes a right at Google with its object, unless this says otherwise. */
const DELETION_POLICY = "cnrm.cloud.google.com/deletion-policy";

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

export function keyOfEntry(entry: InventoryEntry, namespace: string): string {
  return objectKey(kindOfEntry(entry), namespace, entry.name);
}

export function kindOfEntry({ kind, ...rest }: InventoryEntry): Kind {
  return { apiVersion: apiVersionOf(rest), kind };
}

/**
 * The metadata of the live object, if it is the routing service's by label and by owner reference. Any other object of
 * that name is left alone.
 */
async function findObjectToPrune(
  client: Pick<KubeClient, "get">,
  { metadata: { namespace, uid } }: RoutingService,
  entry: InventoryEntry,
): Promise<KubeObject | undefined> {
  const object = { ...kindOfEntry(entry), metadata: { name: entry.name, namespace } };
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

/**
 * Whether the spec leaves the resources at Google to somebody else, who needs them as they are: deleting the objects of
 * Config Connector must not delete them.
 */
function leavesCloudResources({ objects }: DesiredState): boolean {
  return !objects.some(isConfigConnectors);
}

function isConfigConnectors({ apiVersion }: { readonly apiVersion: string }): boolean {
  return groupOf({ apiVersion }).endsWith(".cnrm.cloud.google.com");
}

export interface PrunedObject {
  readonly apiVersion: string;
  /** Only of Config Connector's objects: whether the resource or the right stays at Google. */
  readonly staysAtGoogle?: boolean;
}

/** @returns undefined if there was no object to delete */
export async function pruneObject(
  client: Pick<KubeClient, "get" | "mergePatch" | "delete">,
  routingService: RoutingService,
  entry: InventoryEntry,
  desired: DesiredState,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<PrunedObject | undefined> {
  const live = await findObjectToPrune(client, routingService, entry);
  if (live === undefined) return undefined;
  const { apiVersion, metadata } = live;
  const { uid, annotations } = metadata;
  const isAbandoned = annotations?.[DELETION_POLICY] === "abandon";
  const mustAbandon = isConfigConnectors(live) && leavesCloudResources(desired);
  try {
    if (mustAbandon && !isAbandoned) {
      const patch = { metadata: { uid, annotations: { [DELETION_POLICY]: "abandon" } } };
      await client.mergePatch(live, patch, { fieldManager: FIELD_MANAGER, dryRun });
    }
    await client.delete(live, { uid, dryRun });
    return isConfigConnectors(live)
      ? { apiVersion, staysAtGoogle: mustAbandon || isAbandoned }
      : { apiVersion };
  } catch (error) {
    // Deleted by somebody else, perhaps with its kind; or another object has the name now.
    if (isNotFound(error) || isConflict(error) || error instanceof UnknownKindError) return undefined;
    throw error;
  }
}
