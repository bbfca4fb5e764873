import { isConflict, isNotFound, type KubeClient, UnknownKindError } from "@dumbwaiter/kubernetes";
import { apiVersionOf, type InventoryEntry, isOwned, type RoutingService } from "@dumbwaiter/routing-service";
import type { FencedWriter } from "../leadership/fenced-writer.ts";

/**
 * Deletes an object that is no longer wanted, if it is ours by label and by the uid in its owner reference; whatever
 * else bears its name is left alone.
 *
 * @returns whether there was one to delete
 */
export async function prune(
  routingService: RoutingService,
  entry: InventoryEntry,
  client: KubeClient,
  writer: FencedWriter,
): Promise<boolean> {
  const { namespace, uid } = routingService.metadata;
  const { kind, name } = entry;
  const object = { apiVersion: apiVersionOf(entry), kind, metadata: { name, namespace } };
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
