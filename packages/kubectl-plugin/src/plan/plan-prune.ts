import { ApiError, type Kind, type KubeClient, kindName, UnknownKindError } from "@dumbwaiter/kubernetes";
import {
  type DesiredState,
  INSTANCE_LABEL,
  type InventoryEntry,
  isNotPermitted,
  kindOfEntry,
  MANAGED_BY,
  type OwnedObject,
  objectsToPrune,
  observe,
  pruneObject,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import type { ObjectPlan } from "./plan.ts";

export interface PlannedPruning {
  readonly objects: readonly ObjectPlan[];
  /** Why objects would not be deleted. */
  readonly refused: readonly string[];
  readonly unplanned: readonly string[];
}

/** The objects that the spec no longer asks for. */
export async function planPruning(
  client: KubeClient,
  proposed: RoutingService,
  desired: DesiredState,
): Promise<PlannedPruning> {
  const keys = new Set(desired.objects.map(({ key }) => key));
  const entries = objectsToPrune(proposed, keys, await ownedObjects(client, proposed, desired));
  const plans = await Promise.all(entries.map((entry) => planPrune(client, proposed, entry, desired)));
  return {
    objects: plans.flatMap((plan) => (typeof plan === "object" && "action" in plan ? [plan] : [])),
    refused: plans.flatMap((plan) => (plan !== undefined && "refused" in plan ? [plan.refused] : [])),
    unplanned: plans.flatMap((plan) => (plan !== undefined && "unplanned" in plan ? [plan.unplanned] : [])),
  };
}

/** Also those that the inventory lacks. */
async function ownedObjects(
  client: KubeClient,
  { metadata: { name, namespace, uid }, status }: RoutingService,
  { objects }: DesiredState,
): Promise<OwnedObject[]> {
  const all: Kind[] = [...objects, ...(status?.inventory ?? []).map(kindOfEntry)];
  const kinds = new Map(
    all.map(({ apiVersion, kind }) => [kindName({ apiVersion, kind }), { apiVersion, kind }]),
  );
  const labelSelector = `${MANAGED_BY.label}=${MANAGED_BY.value},${INSTANCE_LABEL}=${name}`;
  const options = { namespace, labelSelector, metadataOnly: true };
  const lists = await Promise.all(
    [...kinds.values()].map(async (kind) => {
      try {
        return await client.list(kind, options);
      } catch (error) {
        if (error instanceof ApiError || error instanceof UnknownKindError) return [];
        throw error;
      }
    }),
  );
  return lists
    .flat()
    .map((object) => observe(object))
    .filter(({ ownerUid }) => ownerUid === uid);
}

async function planPrune(
  client: KubeClient,
  proposed: RoutingService,
  entry: InventoryEntry,
  desired: DesiredState,
): Promise<ObjectPlan | { readonly refused: string } | { readonly unplanned: string } | undefined> {
  const { kind, name } = entry;
  const { namespace } = proposed.metadata;
  try {
    const pruned = await pruneObject(client, proposed, entry, desired, { dryRun: true });
    return pruned && { action: "prune", kind, name, namespace, changes: [], conflicts: [], ...pruned };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const text = `${kind} ${name}: ${error.message}`;
    return isNotPermitted(error) ? { unplanned: text } : { refused: text };
  }
}
