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
import { belongsTo, somebodyElses } from "./ownership.ts";
import { FIELD_MANAGER, REPAIR_MANAGER } from "./routing-service.ts";
import { withReplicas } from "./with-replicas.ts";

/** A `KubeClient`, or something that guards its writes. */
export type ApplyClient = Pick<KubeClient, "find" | "apply" | "mergePatch">;

interface ApplyObjectOptions {
  /** Store nothing, and find out about conflicts. */
  readonly dryRun?: boolean;
  /** The live object as the caller knows it, to save a read; undefined if there is none as far as it knows. */
  readonly known?: OwnedObject | undefined;
  /** Read the live object first. */
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

/**
 * No object has this resource version: etcd's first write has the next one. So an apply that names it creates the object,
 * or conflicts with one that exists. The API server compares and stores in one transaction.
 */
const NO_RESOURCE_VERSION = "1";

/**
 * Applies a rendered object over the live one: by server-side apply, taking over fields of other managers, and again
 * if the live object changes in the meantime. An object that belongs to somebody else is left alone, whenever it
 * appears: each apply names the uid of an object that is ours, or that there is none.
 *
 * @throws NotOursError
 */
export async function applyObject(
  client: ApplyClient,
  { firstReplicas }: Pick<DesiredObject, "firstReplicas">,
  content: KubeObject,
  { dryRun = false, known, readLive = false }: ApplyObjectOptions = {},
): Promise<ApplyOutcome> {
  const isOurs = known?.routingService === `${content.metadata.namespace}/${ownerOf(content)}`;
  for (let attempt = 1; ; attempt++) {
    const isRead = readLive || attempt > 1 || (known !== undefined && !isOurs);
    const live = isRead ? await findOurs(client, content) : undefined;
    const state = isRead ? live && observe(live) : known;
    const target = onlyOver(state, content);
    const object = firstReplicas === undefined ? target : withReplicas(target, state, firstReplicas);
    try {
      return { live, ...(await applyOrReplace(client, object, dryRun)) };
    } catch (error) {
      const isOutdated = isConflict(error) || error instanceof ReplacedError;
      if (!isOutdated || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** There is another object than the one that an apply was for, which the API server calls invalid. */
class ReplacedError extends Error {
  override readonly name = "ReplacedError";
}

/** The live object of a rendered one. @throws NotOursError */
export async function findOurs(
  client: Pick<KubeClient, "find">,
  content: KubeObject,
  options?: { readonly metadataOnly: boolean },
): Promise<KubeObject | undefined> {
  const live = await client.find(content, options);
  const owner = ownerOf(content);
  if (live !== undefined && belongsTo(live.metadata) !== owner) throw somebodyElses(live, owner);
  return live;
}

/** The name of the routing service that owns a rendered object. */
function ownerOf({ kind, metadata }: KubeObject): string {
  const [owner] = metadata.ownerReferences ?? [];
  if (owner === undefined) throw new Error(`internal error: ${kind} ${metadata.name} has no owner`);
  return owner.name;
}

/** Fails over any other object, and if there is none any more. */
function onlyOver(state: OwnedObject | undefined, content: KubeObject): KubeObject {
  const precondition = state === undefined ? { resourceVersion: NO_RESOURCE_VERSION } : { uid: state.uid };
  return { ...content, metadata: { ...content.metadata, ...precondition } };
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
    if (!isInvalid(error)) throw error;
    const live = await client.find(object);
    const isSame = live?.metadata.uid === object.metadata.uid;
    if (!isSame) throw new ReplacedError(`${(error as Error).message}, for another object`, { cause: error });
    if (live === undefined || belongsTo(live.metadata) !== ownerOf(object)) throw error;
    return { result: await replaceLists(client, object, dryRun), conflicts };
  }
}

async function replaceLists(client: ApplyClient, object: KubeObject, dryRun: boolean): Promise<KubeObject> {
  const { apiVersion, kind, metadata, ...content } = object;
  const { uid } = metadata;
  const lists = { ...content, metadata: { uid } };
  const replaced = await client.mergePatch(object, lists, { fieldManager: REPAIR_MANAGER, dryRun });
  if (dryRun) return replaced;
  const { resourceVersion } = replaced.metadata;
  const managedFields = replaced.metadata.managedFields?.filter(({ manager }) => manager !== REPAIR_MANAGER);
  // Otherwise the repair would own its fields forever, and keep them when we no longer apply them.
  const patch = { metadata: { uid, resourceVersion, managedFields } };
  await client.mergePatch(object, patch, { fieldManager: FIELD_MANAGER });
  return client.apply(withoutResourceVersion(object), { fieldManager: FIELD_MANAGER, force: true });
}

function withoutResourceVersion({ metadata, ...rest }: KubeObject): KubeObject {
  const { resourceVersion, ...others } = metadata;
  return { ...rest, metadata: others } as KubeObject;
}
