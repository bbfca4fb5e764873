import {
  ApiError,
  type Conflict,
  isConflict,
  isInvalid,
  type KubeClient,
  type KubeObject,
} from "@dumbwaiter/kubernetes";
import type { DesiredObject } from "./desired-state.ts";
import { type OwnedObject, observe } from "./owned-object.ts";
import { FIELD_MANAGER, hasOwner } from "./routing-service.ts";
import { withReplicas } from "./with-replicas.ts";

/** A `KubeClient`, or something that guards its writes. */
export type ApplyClient = Pick<KubeClient, "find" | "apply" | "mergePatch">;

interface ApplyObjectOptions {
  /** Store nothing, and find out about conflicts. */
  readonly dryRun?: boolean;
  /** The live object as the caller knows it, to save a read. */
  readonly known?: OwnedObject | undefined;
  /** Read the live object even if the apply does not depend on it. */
  readonly readLive?: boolean;
}

interface ApplyOutcome {
  /** What the apply changed; undefined if it did not exist, or was not read. */
  readonly live: KubeObject | undefined;
  readonly result: KubeObject;
  /** Fields that were taken from other managers. Only a dry run reports them. */
  readonly conflicts: readonly Conflict[];
}

const MAX_ATTEMPTS = 5;

/** Owns the fields that it sets only until the apply that follows. */
const REPAIR_MANAGER = "dumbwaiter-operator-repair";

/**
 * Applies a rendered object over the live one: by server-side apply, taking over fields of other managers, and again
 * if the live object changes in the meantime.
 */
export async function applyObject(
  client: ApplyClient,
  { firstReplicas }: Pick<DesiredObject, "firstReplicas">,
  content: KubeObject,
  { dryRun = false, known, readLive = false }: ApplyObjectOptions = {},
): Promise<ApplyOutcome> {
  const dependsOnLive = firstReplicas !== undefined;
  for (let attempt = 1; ; attempt++) {
    const isKnown = known !== undefined && attempt === 1 && !readLive;
    const live = readLive || (dependsOnLive && !isKnown) ? await client.find(content) : undefined;
    const state = isKnown ? known : live && observe(live);
    const object = dependsOnLive ? withReplicas(content, state, firstReplicas) : content;
    try {
      return { live, ...(await applyOrReplace(client, object, dryRun)) };
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * Others may have added something that is invalid together with our fields, such as a second port of the same name to a
 * Service. Every apply would keep it, and fail. So our lists replace the live ones first.
 */
async function applyOrReplace(
  client: ApplyClient,
  object: KubeObject,
  dryRun: boolean,
): Promise<Omit<ApplyOutcome, "live">> {
  const options = { fieldManager: FIELD_MANAGER, force: true, dryRun };
  let conflicts: readonly Conflict[] = [];
  try {
    if (!dryRun) return { result: await client.apply(object, options), conflicts };
    try {
      // Without force, the API server reports whose fields would be taken.
      return { result: await client.apply(object, { ...options, force: false }), conflicts };
    } catch (error) {
      if (!(error instanceof ApiError) || error.conflicts.length === 0) throw error;
      conflicts = error.conflicts;
      return { result: await client.apply(object, options), conflicts };
    }
  } catch (error) {
    const [owner] = object.metadata.ownerReferences ?? [];
    if (!isInvalid(error) || !hasOwner(await client.find(object), owner?.uid)) throw error;
    return { result: await replaceLists(client, object, dryRun), conflicts };
  }
}

async function replaceLists(client: ApplyClient, object: KubeObject, dryRun: boolean): Promise<KubeObject> {
  const { apiVersion, kind, metadata, ...content } = object;
  const replaced = await client.mergePatch(object, content, { fieldManager: REPAIR_MANAGER, dryRun });
  if (dryRun) return replaced;
  const { resourceVersion } = replaced.metadata;
  const managedFields = replaced.metadata.managedFields?.filter(({ manager }) => manager !== REPAIR_MANAGER);
  // Otherwise the repair would own its fields forever, and keep them when we no longer apply them.
  const patch = { metadata: { resourceVersion, managedFields } };
  await client.mergePatch(object, patch, { fieldManager: FIELD_MANAGER });
  return client.apply(withoutResourceVersion(object), { fieldManager: FIELD_MANAGER, force: true });
}

function withoutResourceVersion({ metadata, ...rest }: KubeObject): KubeObject {
  const { resourceVersion, ...others } = metadata;
  return { ...rest, metadata: others } as KubeObject;
}
