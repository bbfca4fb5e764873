import {
  isConflict,
  type JsonPatchOperation,
  type KubeClient,
  type KubeObject,
} from "@dumbwaiter/kubernetes";
import { fieldChanges } from "./field-changes.ts";
import { type ForeignField, foreignFieldsOf, variableOf } from "./foreign-fields.ts";
import { FIELD_MANAGER } from "./routing-service.ts";

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

const NONE: ForeignDrift = { kept: [], removed: [], result: undefined };
const MAX_ATTEMPTS = 5;

/** Whether a policy concerns a field: what would override ours can be ignored for nobody. */
export function isGuarded(field: ForeignField, policy: ForeignPolicy): boolean {
  return overrides(field, policy) || field.managers.some((manager) => !policy.ignoredManagers.has(manager));
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
  { dryRun = false } = {},
): Promise<ForeignDrift> {
  for (let attempt = 1; ; attempt++) {
    const live = await client.find(object);
    if (live === undefined) return NONE;
    try {
      return await guard(client, live, policy, dryRun);
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function guard(
  client: Pick<KubeClient, "jsonPatch">,
  live: KubeObject,
  policy: ForeignPolicy,
  dryRun: boolean,
): Promise<ForeignDrift> {
  const without = async (from: KubeObject, fields: readonly ForeignField[], isDryRun: boolean) => {
    const patch = removalOf(from, fields);
    const options = { fieldManager: FIELD_MANAGER, dryRun: isDryRun };
    const result = await client.jsonPatch(from, patch, options);
    return { result, changes: changesOf(from, result, fields) };
  };
  const guarded = foreignFieldsOf(live).filter((field) => isGuarded(field, policy));
  const toRemove = guarded.filter((field) => policy.isStrict || overrides(field, policy));
  const toKeep = guarded.filter((field) => !toRemove.includes(field));
  const kept = toKeep.length === 0 ? [] : (await without(live, toKeep, true)).changes;
  if (toRemove.length === 0) return { ...NONE, kept };
  const { result, changes } = await without(live, toRemove, dryRun);
  return { kept, removed: changes, result };
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

function changesOf(before: KubeObject, after: KubeObject, fields: readonly ForeignField[]): ForeignChange[] {
  return fieldChanges(before, after).map(({ field, before: value }) => ({
    ...{ field, value },
    managers: [
      ...new Set(fields.filter((each) => isAt(each.field, field)).flatMap(({ managers }) => managers)),
    ],
  }));
}

/** Whether one of two paths is within the other. */
function isAt(a: string, b: string): boolean {
  const [outer, inner] = a.length <= b.length ? [a, b] : [b, a];
  return outer === inner || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)));
}
