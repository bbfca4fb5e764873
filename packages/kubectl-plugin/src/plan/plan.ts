import { type Component, VERSION } from "@dumbwaiter/infra";
import { type Conflict, type KubeClient, type KubeObject, kindName } from "@dumbwaiter/kubernetes";
import {
  applyObject,
  type DesiredObject,
  desiredState,
  type FieldChange,
  type ForeignChange,
  type ForeignPolicy,
  fieldChanges,
  findObjectToPrune,
  foreignPolicyOf,
  guardForeignFields,
  type InventoryEntry,
  missingKindReason,
  type NameConflict,
  objectsToPrune,
  overlaps,
  podTemplateHash,
  type RoutingService,
  readSpec,
  rolloutSequence,
  unknownFieldsMessage,
} from "@dumbwaiter/routing-service";

/** What the operator would do if a RoutingService were applied. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  /** Of the RoutingService itself. */
  readonly action: "create" | "change" | "none";
  readonly changes: readonly FieldChange[];
  /** Whether the operator would do nothing until the RoutingService is resumed. */
  readonly paused: boolean;
  /** Whose names the spec asks for. The operator would change nothing. */
  readonly namesInUse?: string;
  /** Objects that would change, in the order in which they are applied; pruned ones come last. */
  readonly objects: readonly ObjectPlan[];
  /** The number of objects that would not change. */
  readonly unchanged: number;
  /** The components whose pods would be replaced, in this order. */
  readonly restarts: readonly Component[];
  /** Missing kinds, and the reason for each. Their objects are not created. */
  readonly missing: Readonly<Record<string, string>>;
  /** Fields of others that change what pods run, or would override a setting. */
  readonly foreign: readonly ForeignPlan[];
  /** Objects that would not be applied, each with the reason: the API server refuses it, or it is somebody else's. */
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
  /** Fields that would be taken from other managers. */
  readonly conflicts: readonly Conflict[];
  /** The object to create, without the uid of its owner. */
  readonly object?: Omit<KubeObject, "metadata">;
}

export interface ForeignPlan extends ForeignChange {
  readonly kind: string;
  readonly name: string;
  readonly action: "keep" | "remove";
}

export interface PlannedChange extends FieldChange {
  /** Managers that the field would be taken from. */
  readonly takenFrom?: readonly string[];
}

type ObjectOutcome =
  | {
      readonly plan: ObjectPlan | undefined;
      readonly restarts: Component | undefined;
      readonly foreign: readonly ForeignPlan[];
    }
  | { readonly missing: readonly [string, string] }
  | { readonly refused: string };

/**
 * @param current undefined if it does not exist yet
 * @param proposed the RoutingService as it would be once applied
 * @param conflict with the names of another one
 * @throws InvalidSpecError, and what the client throws unless it concerns a single object
 */
export async function planOf(
  client: KubeClient,
  current: RoutingService | undefined,
  proposed: RoutingService,
  conflict?: NameConflict,
): Promise<Plan> {
  const { props, unknownFields } = readSpec(proposed);
  const changes = current === undefined ? [] : fieldChanges(current, proposed);
  const own = {
    ...{ name: props.name, namespace: props.namespace },
    action: current === undefined ? ("create" as const) : changes.length > 0 ? "change" : "none",
    changes,
    paused: props.spec.paused,
    warnings: warningsOf(current, unknownFields),
  } satisfies Partial<Plan>;
  if (conflict !== undefined) {
    const nothing = { objects: [], unchanged: 0, restarts: [], missing: {}, foreign: [], refused: [] };
    return { ...own, namesInUse: conflict.message, ...nothing };
  }
  const desired = desiredState(props, proposed);
  const contents = desired.contents();
  const outcomes = withWaiting(
    desired.objects,
    await Promise.all(
      desired.objects.map((object) =>
        planObject(
          client,
          object,
          contents.get(object.key) as KubeObject,
          foreignPolicyOf(proposed, desired, object),
        ),
      ),
    ),
  );
  const keys = new Set(desired.objects.map(({ key }) => key));
  const pruned = await Promise.all(
    objectsToPrune(proposed, keys, []).map((entry) => planPrune(client, proposed, entry)),
  );
  const applied = outcomes.filter((outcome) => "plan" in outcome);
  const planned = [...applied.map(({ plan }) => plan), ...pruned].filter((plan) => plan !== undefined);
  const restarting = applied.map(({ restarts }) => restarts);
  return {
    ...own,
    objects: planned,
    unchanged: applied.filter(({ plan }) => plan === undefined).length,
    restarts: rolloutSequence(desired.rolloutOrder).filter((component) => restarting.includes(component)),
    missing: Object.fromEntries(
      outcomes.flatMap((outcome) => ("missing" in outcome ? [outcome.missing] : [])),
    ),
    foreign: applied.flatMap(({ foreign }) => foreign),
    refused: outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : [])),
  };
}

async function planObject(
  client: KubeClient,
  desired: DesiredObject,
  content: KubeObject,
  policy: ForeignPolicy,
): Promise<ObjectOutcome> {
  const { kind, apiVersion, name, component } = desired;
  const namespace = content.metadata.namespace ?? "";
  const identity = { apiVersion, kind, name, namespace };
  try {
    const options = { dryRun: true, readLive: true };
    const { live, result, conflicts } = await applyObject(client, desired, content, options);
    if (live === undefined) {
      return {
        plan: { action: "create", ...identity, changes: [], conflicts, object: withoutOwnerUid(content) },
        restarts: undefined,
        foreign: [],
      };
    }
    const changes = fieldChanges(live, result).map((change) => withManagers(change, conflicts));
    const guard = { dryRun: true, applied: result };
    const { kept, removed, result: without = live } = await guardForeignFields(client, live, policy, guard);
    const isRestarting =
      kind === "Deployment" &&
      [result, without].some((each) => podTemplateHash(live) !== podTemplateHash(each));
    return {
      plan: changes.length === 0 ? undefined : { action: "change", ...identity, changes, conflicts },
      restarts: isRestarting ? component : undefined,
      foreign: [
        ...kept.map((change): ForeignPlan => ({ kind, name, action: "keep", ...change })),
        ...removed.map((change): ForeignPlan => ({ kind, name, action: "remove", ...change })),
      ],
    };
  } catch (error) {
    const reason = missingKindReason(desired, error);
    if (reason !== undefined) return { missing: [kindName(desired), reason] };
    return { refused: `${kind} ${name}: ${(error as Error).message}` };
  }
}

/** An object waits until those that it refers to are there. */
function withWaiting(
  objects: readonly DesiredObject[],
  outcomes: readonly ObjectOutcome[],
): readonly ObjectOutcome[] {
  type Planned = { readonly object: DesiredObject; readonly outcome: ObjectOutcome };
  const planned = objects.map((object, index): Planned => {
    return { object, outcome: outcomes[index] as ObjectOutcome };
  });
  const byKey = new Map(planned.map((each) => [each.object.key, each]));
  const isAbsent = (key: string): boolean => {
    const { object, outcome } = byKey.get(key) as Planned;
    const isCreated = "plan" in outcome && outcome.plan?.action === "create";
    return "refused" in outcome || (isCreated && object.refersTo.some(isAbsent));
  };
  return planned.map(({ object: { kind, name, refersTo }, outcome }) => {
    const other = byKey.get(refersTo.find(isAbsent) ?? "")?.object;
    if (other === undefined || !("plan" in outcome) || outcome.plan === undefined) return outcome;
    return { refused: `${kind} ${name}: waits for ${other.kind} ${other.name}` };
  });
}

async function planPrune(
  client: KubeClient,
  routingService: RoutingService,
  entry: InventoryEntry,
): Promise<ObjectPlan | undefined> {
  const live = await findObjectToPrune(client, routingService, entry);
  if (live === undefined) return undefined;
  const { apiVersion, kind } = live;
  const { name } = entry;
  const { namespace } = routingService.metadata;
  return { action: "prune", apiVersion, kind, name, namespace, changes: [], conflicts: [] };
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

function warningsOf(current: RoutingService | undefined, unknownFields: readonly string[]): string[] {
  const version = current?.status?.version;
  return [
    ...(unknownFields.length > 0 ? [unknownFieldsMessage(unknownFields)] : []),
    ...(version !== undefined && version !== VERSION
      ? [
          `The operator is version ${version}, but this plugin is version ${VERSION}; the plan may differ from what the operator does`,
        ]
      : []),
  ];
}
