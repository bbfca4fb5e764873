import { InvalidSpecError, VERSION } from "@dumbwaiter/infra";
import { type KubeClient, type KubeObject, kindName } from "@dumbwaiter/kubernetes";
import {
  type DesiredState,
  desiredState,
  fieldChanges,
  foreignPolicyOf,
  isPaused,
  type NameConflict,
  operatorOf,
  type ReadSpec,
  type RoutingService,
  readSpec,
  unknownFieldsMessage,
} from "@dumbwaiter/routing-service";
import { operatorWarnings } from "./managing-operator.ts";
import type { Plan, Stop } from "./plan.ts";
import { type ObjectOutcome, planObject } from "./plan-object.ts";
import { planPruning } from "./plan-prune.ts";
import { planSequence } from "./plan-sequence.ts";
import { planReferences } from "./planned-references.ts";

/**
 * @param current undefined if it does not exist yet
 * @param proposed the RoutingService as it would be once applied
 * @param conflict with the names of another one
 * @throws what the client throws unless it concerns a single object
 */
export async function planOf(
  client: KubeClient,
  current: RoutingService | undefined,
  proposed: RoutingService,
  conflict?: NameConflict,
): Promise<Plan> {
  const { name, namespace } = proposed.metadata;
  const operator = operatorOf(proposed);
  const changes = current === undefined ? [] : fieldChanges(current, proposed);
  const own = {
    ...{ name, namespace, changes, ...(operator === undefined ? {} : { operator }) },
    action: current === undefined ? ("create" as const) : changes.length > 0 ? "change" : "none",
    paused: isPaused(proposed),
  } satisfies Partial<Plan>;
  const warnings = [...versionWarnings(current), ...(await operatorWarnings(client, current, proposed))];
  if (proposed.metadata.deletionTimestamp !== undefined)
    return stopped(own, warnings, "Deleting", "The RoutingService is being deleted");
  let spec: ReadSpec;
  try {
    spec = readSpec(proposed);
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    return stopped(own, warnings, "InvalidSpec", error.problems.join("; "));
  }
  const { props, unknownFields } = spec;
  if (unknownFields.length > 0) warnings.unshift(unknownFieldsMessage(unknownFields));
  if (conflict !== undefined) return stopped(own, warnings, "NamesInUse", conflict.message);
  const references = await planReferences(client, namespace, desiredState(props, proposed), current);
  return {
    ...own,
    warnings: [...warnings, ...references.warnings],
    ...(await planObjects(client, current, proposed, references.desired)),
  };
}

type OwnPlan = Pick<Plan, "name" | "namespace" | "changes" | "operator" | "action" | "paused">;

function stopped(own: OwnPlan, warnings: readonly string[], reason: Stop["reason"], message: string): Plan {
  return { ...own, warnings, ...NOTHING, stopped: { reason, message } };
}

type PlannedObjects = Omit<Plan, keyof OwnPlan | "warnings" | "stopped">;

const NOTHING: PlannedObjects = {
  ...{ objects: [], unchanged: 0, restarts: [], rolloutOrder: [], waiting: {}, missing: {}, foreign: [] },
  ...{ refused: [], unplanned: [] },
};

async function planObjects(
  client: KubeClient,
  current: RoutingService | undefined,
  proposed: RoutingService,
  desired: DesiredState,
): Promise<PlannedObjects> {
  const contents = desired.contents();
  const single = await Promise.all(
    desired.objects.map((object) => {
      const policy = foreignPolicyOf(proposed, desired, object);
      return planObject(client, object, contents.get(object.key) as KubeObject, policy);
    }),
  );
  const { outcomes, restarts, waiting } = planSequence(desired, single);
  const pruned = current === undefined ? NOTHING : await planPruning(client, proposed, desired);
  const textsOf = (reason: "refused" | "unplanned") =>
    outcomes.flatMap(({ object, [reason]: why }) =>
      why === undefined ? [] : [`${object.kind} ${object.name}: ${why}`],
    );
  const plans = outcomes.flatMap(({ plan }) => plan ?? []);
  return {
    objects: [
      ...plans.toSorted((a, b) => Number(a.action === "prune") - Number(b.action === "prune")),
      ...pruned.objects,
    ],
    unchanged: outcomes.filter(isUnchanged).length,
    ...{ restarts, rolloutOrder: desired.rolloutOrder, waiting },
    missing: Object.fromEntries(
      outcomes.flatMap(({ object, missing }) => (missing === undefined ? [] : [[kindName(object), missing]])),
    ),
    foreign: outcomes.flatMap(({ foreign = [] }) => foreign),
    refused: [...textsOf("refused"), ...pruned.refused],
    unplanned: [...textsOf("unplanned"), ...pruned.unplanned],
  };
}

function isUnchanged({ plan, missing, refused, unplanned }: ObjectOutcome): boolean {
  return [plan, missing, refused, unplanned].every((each) => each === undefined);
}

function versionWarnings(current: RoutingService | undefined): string[] {
  const version = current?.status?.version;
  if (version === undefined || version === VERSION) return [];
  return [
    `The operator is version ${version}, but this plugin is version ${VERSION}; the plan may differ from what the operator does`,
  ];
}
