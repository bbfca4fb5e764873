import {
  ApiError,
  isConflict,
  type JsonPatchOperation,
  type KubeClient,
  type KubeObject,
} from "@dumbwaiter/kubernetes";
import type { DesiredObject, DesiredState } from "./desired-state.ts";
import { fieldChanges, overlaps } from "./field-changes.ts";
import { type ForeignField, foreignFieldsOf, variableOf } from "./foreign-fields.ts";
import { FIELD_MANAGER, ignoredManagersOf, type RoutingService } from "./routing-service.ts";

/** A field of other managers that changes what pods run. */
export interface ForeignChange {
  readonly field: string;
  readonly value: unknown;
  readonly managers: readonly string[];
}

export interface ForeignDrift {
  /** Stays. */
  readonly kept: readonly ForeignChange[];
  /** Was removed, or would be by anything but a dry run. */
  readonly removed: readonly ForeignChange[];
  /** Undefined if nothing was removed. */
  readonly result: KubeObject | undefined;
}

export interface ForeignPolicy {
  /** Whether all of them are removed; otherwise only variables that would override ours. */
  readonly isStrict: boolean;
  readonly ignoredManagers: ReadonlySet<string>;
  /** The names that our ConfigMap sets. */
  readonly variables: ReadonlySet<string>;
}

interface GuardOptions {
  readonly dryRun?: boolean;
  /** What an apply would make of the object, if one comes first: fields that it lacks are left out. */
  readonly applied?: KubeObject;
}

const NONE: ForeignDrift = { kept: [], removed: [], result: undefined };
const MAX_ATTEMPTS = 5;

export function foreignPolicyOf(
  routingService: Pick<RoutingService, "metadata">,
  { isStrict, variables }: DesiredState,
  { component }: DesiredObject,
): ForeignPolicy {
  return {
    ...{ isStrict, ignoredManagers: ignoredManagersOf(routingService) },
    variables: component === undefined ? new Set() : variables[component],
  };
}

/** Whether a policy concerns a field: what would override ours can be ignored for nobody. */
export function isGuarded(field: ForeignField, policy: ForeignPolicy): boolean {
  return overrides(field, policy) || field.managers.some((manager) => !policy.ignoredManagers.has(manager));
}

/** Whether a field must not stay. */
export function isUnwanted(field: ForeignField, policy: ForeignPolicy): boolean {
  return isGuarded(field, policy) && (policy.isStrict || overrides(field, policy));
}

/**
 * Removes from an object what others added, as far as the policy says, and finds out what stays. What the API server
 * would set anyway, as a default, is left out. An apply cannot remove it: it only removes what its manager owns.
 *
 * @throws what the client throws
 */
export async function guardForeignFields(
  client: Pick<KubeClient, "find" | "jsonPatch">,
  object: KubeObject,
  policy: ForeignPolicy,
  options: GuardOptions = {},
): Promise<ForeignDrift> {
  for (let attempt = 1; ; attempt++) {
    const live = await client.find(object);
    if (live === undefined) return NONE;
    try {
      return await guard(client, live, policy, options);
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function guard(
  client: Pick<KubeClient, "jsonPatch">,
  live: KubeObject,
  policy: ForeignPolicy,
  { dryRun = false, applied = live }: GuardOptions,
): Promise<ForeignDrift> {
  const fieldsOf = (object: KubeObject) => foreignFieldsOf(object, policy.ignoredManagers);
  const remaining = new Set(fieldsOf(applied).map(({ field }) => field));
  const guarded = fieldsOf(live).filter((field) => remaining.has(field.field) && isGuarded(field, policy));
  const toRemove = guarded.filter((field) => isUnwanted(field, policy));
  const kept = await keptOf(
    client,
    live,
    guarded.filter((field) => !toRemove.includes(field)),
  );
  if (toRemove.length === 0) return { ...NONE, kept };
  const result = await remove(client, live, toRemove, dryRun);
  return { kept, removed: changesOf(live, result, toRemove), result };
}

async function keptOf(
  client: Pick<KubeClient, "jsonPatch">,
  live: KubeObject,
  fields: readonly ForeignField[],
): Promise<ForeignChange[]> {
  if (fields.length === 0) return [];
  try {
    return changesOf(live, await remove(client, live, fields, true), fields);
  } catch (error) {
    // The object needs them, such as a volume that another manager's container mounts, or admission refuses objects
    // without them: so they are no defaults.
    if (!isRefusal(error)) throw error;
    return fields.map((field) => changeOf(live, field));
  }
}

/** Of an object as it would be: it is invalid, or an admission policy or webhook refuses it with a code of its own. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 422].includes(error.status);
}

function remove(
  client: Pick<KubeClient, "jsonPatch">,
  live: KubeObject,
  fields: readonly ForeignField[],
  dryRun: boolean,
): Promise<KubeObject> {
  return client.jsonPatch(live, removalOf(live, fields), { fieldManager: FIELD_MANAGER, dryRun });
}

function overrides(field: ForeignField, { variables }: ForeignPolicy): boolean {
  const variable = variableOf(field);
  return variable !== undefined && variables.has(variable);
}

/** A conflict if the object has changed meanwhile, so that the positions in lists are right. */
function removalOf(live: KubeObject, fields: readonly ForeignField[]): JsonPatchOperation[] {
  const { resourceVersion } = live.metadata;
  return [
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ...fields
      .map(({ steps }) => pointerTo(live, steps))
      .filter((pointer) => pointer !== undefined)
      .sort(lastFirst)
      .map((pointer): JsonPatchOperation => ({ op: "remove", path: textOf(pointer) })),
  ];
}

type Pointer = readonly (string | number)[];

/** @returns undefined if there is no such field */
function pointerTo(live: KubeObject, steps: readonly string[]): Pointer | undefined {
  const pointer: (string | number)[] = [];
  let at: unknown = live;
  for (const step of steps) {
    const key = Array.isArray(at) ? indexIn(at, step) : step.slice(2);
    at = (at as Record<string | number, unknown> | undefined)?.[key];
    if (at === undefined) return undefined;
    pointer.push(key);
  }
  return pointer;
}

function indexIn(list: readonly unknown[], step: string): number {
  const value = JSON.parse(step.slice(2)) as unknown;
  if (step.startsWith("v:")) return list.indexOf(value);
  const keys = Object.entries(value as Record<string, unknown>);
  return list.findIndex((item) =>
    keys.every(([name, key]) => (item as Record<string, unknown>)[name] === key),
  );
}

/** So that a removal moves no item that is still to be removed. */
function lastFirst(a: Pointer, b: Pointer): number {
  const index = a.findIndex((key, at) => key !== b[at]);
  const [left = 0, right = 0] = [a[index], b[index]];
  if (typeof left === "number" && typeof right === "number") return right - left;
  return String(left) < String(right) ? 1 : -1;
}

function textOf(pointer: Pointer): string {
  return pointer.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The fields that a removal changed: others came back as defaults. */
function changesOf(before: KubeObject, after: KubeObject, fields: readonly ForeignField[]): ForeignChange[] {
  const changes = fieldChanges(before, after);
  return fields
    .filter(({ field }) => changes.some((change) => overlaps(change.field, field)))
    .map((field) => changeOf(before, field));
}

function changeOf(live: KubeObject, { field, steps, managers }: ForeignField): ForeignChange {
  return { field, value: valueAt(live, steps), managers };
}

function valueAt(object: KubeObject, steps: readonly string[]): unknown {
  const pointer = pointerTo(object, steps) ?? [];
  return pointer.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], object);
}
