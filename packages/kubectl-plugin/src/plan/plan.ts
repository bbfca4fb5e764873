import { type Component, VERSION } from "@dumbwaiter/infra";
import {
  type Conflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  UnknownKindError,
} from "@dumbwaiter/kubernetes";
import {
  apiVersionOf,
  type DesiredObject,
  dependencyProblem,
  desiredState,
  hashOf,
  type InventoryEntry,
  isOwned,
  kindName,
  leftovers,
  ROLLOUT_ORDER,
  type RoutingService,
  readSpec,
} from "@dumbwaiter/routing-service";
import { dryRun } from "./dry-run.ts";
import { type FieldChange, fieldChanges } from "./field-changes.ts";

/** What the operator would do if a RoutingService were applied. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  /** What happens to the RoutingService itself. */
  readonly action: "create" | "change" | "none";
  readonly changes: readonly FieldChange[];
  /** Whether the operator would wait with all of it until it is resumed. */
  readonly paused: boolean;
  /** In the order of being applied; what is pruned comes last. What does not change is left out. */
  readonly objects: readonly ObjectPlan[];
  /** How many objects stay as they are. */
  readonly unchanged: number;
  /** The components whose pods are replaced, one after the other. */
  readonly restarts: readonly Component[];
  /** Why kinds cannot be had that the spec needs, by kind. Their objects wait. */
  readonly missing: Readonly<Record<string, string>>;
  /** Objects that the API server would refuse, and why. */
  readonly refused: readonly string[];
  readonly warnings: readonly string[];
}

export interface ObjectPlan {
  readonly action: "create" | "change" | "prune";
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly changes: readonly PlannedChange[];
  /** What is taken from other managers. */
  readonly conflicts: readonly Conflict[];
  /** What is applied when it is created, but for its owner's uid. */
  readonly object?: Omit<KubeObject, "metadata">;
}

export interface PlannedChange extends FieldChange {
  /** Managers that this value is taken from. */
  readonly takenFrom?: readonly string[];
}

type Verdict =
  | { readonly plan: ObjectPlan | undefined; readonly restarts: Component | undefined }
  | { readonly missing: readonly [string, string] }
  | { readonly refused: string };

/**
 * @param current undefined when there is none yet
 * @param proposed what it would be once applied
 * @throws InvalidSpecError, and what the client throws when it is not about a single object
 */
export async function planOf(
  client: KubeClient,
  current: RoutingService | undefined,
  proposed: RoutingService,
): Promise<Plan> {
  const { props, unknownFields } = readSpec(proposed);
  const desired = desiredState(props, proposed);
  const contents = desired.contents();
  const verdicts = await Promise.all(
    desired.objects.map((object) => judge(client, object, contents.get(object.key) as KubeObject)),
  );
  const wanted = new Set(desired.objects.map(({ key }) => key));
  const pruned = await Promise.all(
    leftovers(proposed, wanted, []).map((entry) => pruneOf(client, proposed, entry)),
  );
  const judged = verdicts.filter((verdict) => "plan" in verdict);
  const planned = [...judged.map(({ plan }) => plan), ...pruned].filter((plan) => plan !== undefined);
  const restarting = judged.map(({ restarts }) => restarts);
  const changes = current === undefined ? [] : fieldChanges(current, proposed);
  return {
    ...{ name: props.name, namespace: props.namespace },
    action: current === undefined ? "create" : changes.length > 0 ? "change" : "none",
    changes,
    paused: props.spec.paused,
    objects: planned,
    unchanged: judged.filter(({ plan }) => plan === undefined).length,
    restarts: ROLLOUT_ORDER.filter((component) => restarting.includes(component)),
    missing: Object.fromEntries(
      verdicts.flatMap((verdict) => ("missing" in verdict ? [verdict.missing] : [])),
    ),
    refused: verdicts.flatMap((verdict) => ("refused" in verdict ? [verdict.refused] : [])),
    warnings: warningsOf(current, unknownFields),
  };
}

async function judge(client: KubeClient, desired: DesiredObject, content: KubeObject): Promise<Verdict> {
  const { kind, apiVersion, name, component } = desired;
  const namespace = content.metadata.namespace ?? "";
  const identity = { apiVersion, kind, name, namespace };
  try {
    const { live, result, conflicts } = await dryRun(client, desired, content);
    if (live === undefined) {
      return {
        plan: { action: "create", ...identity, changes: [], conflicts, object: withoutOwnerUid(content) },
        restarts: undefined,
      };
    }
    const changes = fieldChanges(live, result).map((change) => withManagers(change, conflicts));
    const isRestarting = kind === "Deployment" && templateHash(live) !== templateHash(result);
    return {
      plan: changes.length === 0 ? undefined : { action: "change", ...identity, changes, conflicts },
      restarts: isRestarting ? component : undefined,
    };
  } catch (error) {
    const problem = dependencyProblem(desired, error);
    if (problem !== undefined) return { missing: [kindName(desired), problem] };
    return { refused: `${kind} ${name}: ${(error as Error).message}` };
  }
}

/** @returns undefined when there is nothing to delete, or it is not the RoutingService's */
async function pruneOf(
  client: KubeClient,
  { metadata: { namespace, uid } }: RoutingService,
  entry: InventoryEntry,
): Promise<ObjectPlan | undefined> {
  const { kind, name } = entry;
  const apiVersion = apiVersionOf(entry);
  try {
    const live = await client.get(
      { apiVersion, kind, metadata: { name, namespace } },
      { metadataOnly: true },
    );
    if (!isOwned(live, uid) || live.metadata.deletionTimestamp !== undefined) return undefined;
    return { action: "prune", apiVersion, kind, name, namespace, changes: [], conflicts: [] };
  } catch (error) {
    if (isNotFound(error) || error instanceof UnknownKindError) return undefined;
    throw error;
  }
}

function withManagers(change: FieldChange, conflicts: readonly Conflict[]): PlannedChange {
  const { field } = change;
  const holds = (outer: string, inner: string) =>
    outer === inner || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)));
  const managers = conflicts
    .filter((conflict) => holds(field, conflict.field) || holds(conflict.field, field))
    .map(({ manager }) => manager);
  return managers.length === 0 ? change : { ...change, takenFrom: [...new Set(managers)] };
}

/** A dry run makes it up where the RoutingService is yet to be created. */
function withoutOwnerUid(content: KubeObject): Omit<KubeObject, "metadata"> {
  const ownerReferences = content.metadata.ownerReferences?.map(({ uid, ...owner }) => owner);
  return { ...content, metadata: { ...content.metadata, ownerReferences } };
}

function templateHash({ spec }: KubeObject): string {
  return hashOf((spec as { template: unknown }).template);
}

function warningsOf(current: RoutingService | undefined, unknownFields: readonly string[]): string[] {
  const version = current?.status?.version;
  return [
    ...(unknownFields.length > 0
      ? [`Passed over fields that are not known: ${unknownFields.join(", ")}`]
      : []),
    ...(version !== undefined && version !== VERSION
      ? [`The operator is ${version}, and this plan is ${VERSION}'s: they may differ`]
      : []),
  ];
}
