import {
  ApiError,
  type Conflict,
  type KubeClient,
  type KubeObject,
  UnknownKindError,
} from "@dumbwaiter/kubernetes";
import {
  applyObject,
  type DesiredObject,
  type FieldChange,
  type ForeignPolicy,
  fieldChanges,
  findOurs,
  foreignFieldsOf,
  guardForeignFields,
  isNotPermitted,
  isUnwanted,
  missingKindReason,
  NotOursError,
  observe,
  overlaps,
  podTemplateHash,
} from "@dumbwaiter/routing-service";
import type { ForeignPlan, ObjectPlan, PlannedChange } from "./plan.ts";

/** What would become of a single object if it were applied. */
export interface ObjectOutcome {
  readonly object: DesiredObject;
  /** Undefined if there is none of ours. */
  readonly live?: KubeObject | undefined;
  /** Undefined if it would not change, or not be applied. */
  readonly plan?: ObjectPlan | undefined;
  readonly replacesPods?: boolean;
  readonly foreign?: readonly ForeignPlan[];
  readonly isNotOurs?: boolean;
  /** Whether it would not be applied, because of what `refused` says. */
  readonly isHeldBack?: boolean;
  /** Why its kind is missing. */
  readonly missing?: string;
  /** Why it would not be applied, or what others added to it not be removed. */
  readonly refused?: string;
  /** Why nothing is known. */
  readonly unplanned?: string;
}

/** @throws UnreachableError */
export async function planObject(
  client: KubeClient,
  object: DesiredObject,
  content: KubeObject,
  policy: ForeignPolicy,
): Promise<ObjectOutcome> {
  let live: KubeObject | undefined;
  try {
    live = await findOurs(client, content);
    const known = live && observe(live);
    const { result, conflicts, ...read } = await applyObject(client, object, content, {
      dryRun: true,
      known,
    });
    live = read.live ?? live;
    if (live === undefined) return { object, plan: creationOf(content, conflicts) };
    const changes = fieldChanges(live, result).map((change) => withManagers(change, conflicts));
    const plan = changes.length === 0 ? undefined : { ...planned("change", content), changes, conflicts };
    const guarded = await planForeignFields(client, object, live, result, policy);
    const replacesPods =
      object.kind === "Deployment" &&
      [result, guarded.without].some((each) => podTemplateHash(each) !== podTemplateHash(live as KubeObject));
    return { object, live, plan, replacesPods, ...guarded.outcome };
  } catch (error) {
    return { object, live, ...failureOf(object, error) };
  }
}

/** What becomes of the fields of others in an object that is applied. */
async function planForeignFields(
  client: KubeClient,
  { kind, name }: DesiredObject,
  live: KubeObject,
  applied: KubeObject,
  policy: ForeignPolicy,
): Promise<{ readonly without: KubeObject; readonly outcome: Partial<ObjectOutcome> }> {
  try {
    const options = { dryRun: true, applied };
    const { kept, removed, result = live } = await guardForeignFields(client, live, policy, options);
    const foreign = [
      ...kept.map((change): ForeignPlan => ({ kind, name, action: "keep", ...change })),
      ...removed.map((change): ForeignPlan => ({ kind, name, action: "remove", ...change })),
    ];
    return { without: result, outcome: { foreign } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const mustRemove = foreignFieldsOf(live, policy.ignoredManagers).some((each) => isUnwanted(each, policy));
    const why = `fields of others cannot be ${mustRemove ? "removed" : "looked for"}: ${error.message}`;
    return { without: live, outcome: mustRemove ? { refused: why } : { unplanned: why } };
  }
}

function failureOf(object: DesiredObject, error: unknown): Partial<ObjectOutcome> {
  if (error instanceof NotOursError) return { isNotOurs: true, isHeldBack: true, refused: error.message };
  // The user's permissions say nothing about the operator's.
  if (isNotPermitted(error)) return { unplanned: (error as Error).message };
  const missing = missingKindReason(object, error);
  if (missing !== undefined) return { missing };
  if (error instanceof ApiError || error instanceof UnknownKindError)
    return { isHeldBack: true, refused: error.message };
  throw error;
}

function creationOf(content: KubeObject, conflicts: readonly Conflict[]): ObjectPlan {
  return { ...planned("create", content), conflicts, object: withoutOwnerUid(content) };
}

export function planned(
  action: ObjectPlan["action"],
  { apiVersion, kind, metadata }: KubeObject,
): ObjectPlan {
  const { name, namespace = "" } = metadata;
  return { action, apiVersion, kind, name, namespace, changes: [], conflicts: [] };
}

function withManagers(change: FieldChange, conflicts: readonly Conflict[]): PlannedChange {
  const { field } = change;
  const managers = conflicts
    .filter((conflict) => overlaps(field, conflict.field))
    .map(({ manager }) => manager);
  return managers.length === 0 ? change : { ...change, takenFrom: [...new Set(managers)] };
}

/** If the RoutingService does not exist yet, its uid is one that the dry run made up. */
function withoutOwnerUid(content: KubeObject): Omit<KubeObject, "metadata"> {
  const ownerReferences = content.metadata.ownerReferences?.map(({ uid, ...owner }) => owner);
  return { ...content, metadata: { ...content.metadata, ownerReferences } };
}
