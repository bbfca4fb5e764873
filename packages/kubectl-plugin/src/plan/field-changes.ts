import { isDeepStrictEqual } from "node:util";
import type { FieldsV1, KubeObject } from "@dumbwaiter/kubernetes";

/** A field that differs, as the API server writes its path: `.spec.template.spec.containers[name="api"].image`. */
export interface FieldChange {
  readonly field: string;
  /** Undefined when it is added. */
  readonly before?: unknown;
  /** Undefined when it is removed. */
  readonly after?: unknown;
  /** Set when `before` and `after` are but the items' keys, in their order: they change places. */
  readonly isOrder?: true;
}

/** What the API server writes itself. */
const BOOKKEEPING = new Set(["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"]);

/** What kubectl keeps for itself. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Compares two states of an object, but for its status, field by field. What identifies an item of a list is read from
 * the objects' `managedFields`; a list without such keys is one value.
 */
export function fieldChanges(before: KubeObject, after: KubeObject): FieldChange[] {
  const trees = [before, after].flatMap(({ metadata }) =>
    (metadata.managedFields ?? []).flatMap(({ fieldsV1 }) => fieldsV1 ?? []),
  );
  return [...compare(contentOf(before), contentOf(after), trees, "")];
}

function contentOf({ status, metadata, ...rest }: KubeObject): Record<string, unknown> {
  const { annotations, ...others } = metadata;
  const kept = Object.entries(others).filter(([name]) => !BOOKKEEPING.has(name));
  const notes = Object.entries(annotations ?? {}).filter(([name]) => name !== LAST_APPLIED);
  if (notes.length > 0) kept.push(["annotations", Object.fromEntries(notes)]);
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function* compare(
  before: unknown,
  after: unknown,
  trees: readonly FieldsV1[],
  field: string,
): Generator<FieldChange> {
  if (isDeepStrictEqual(before, after)) return;
  if (isMap(before) && isMap(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compare(before[name], after[name], below(trees, `f:${name}`), `${field}.${name}`);
    }
    return;
  }
  const keys = keysOf(trees);
  if (keys !== undefined && Array.isArray(before) && Array.isArray(after)) {
    yield* compareLists(itemsBy(keys, before), itemsBy(keys, after), trees, field);
  } else yield { field, before, after };
}

/** @param before items by what the API server writes for their keys: `name="api"` */
function* compareLists(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  trees: readonly FieldsV1[],
  field: string,
): Generator<FieldChange> {
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    yield* compare(before.get(key), after.get(key), belowItem(trees, key), `${field}[${key}]`);
  }
  const order = { before: commonKeys(before, after), after: commonKeys(after, before) };
  if (!isDeepStrictEqual(order.before, order.after)) yield { field, ...order, isOrder: true };
}

function commonKeys(of: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string[] {
  return [...of.keys()].filter((key) => other.has(key));
}

function itemsBy(keys: readonly string[], list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.map((item) => [keyOf(keys, item as Record<string, unknown>), item]));
}

function keyOf(keys: readonly string[], item: Record<string, unknown>): string {
  return keys.map((key) => `${key}=${JSON.stringify(item[key])}`).join(",");
}

/** What identifies the items of the list here, when it is one whose items are owned one by one. */
function keysOf(trees: readonly FieldsV1[]): string[] | undefined {
  const step = trees.flatMap((tree) => Object.keys(tree)).find((each) => each.startsWith("k:"));
  return step === undefined ? undefined : Object.keys(JSON.parse(step.slice(2)));
}

function below(trees: readonly FieldsV1[], step: string): FieldsV1[] {
  return trees.flatMap((tree) => tree[step] ?? []);
}

function belowItem(trees: readonly FieldsV1[], key: string): FieldsV1[] {
  return trees.flatMap((tree) =>
    Object.entries(tree)
      .filter(([step]) => step.startsWith("k:") && readable(step) === key)
      .map(([, rest]) => rest),
  );
}

function readable(step: string): string {
  const item = JSON.parse(step.slice(2)) as Record<string, unknown>;
  return keyOf(Object.keys(item), item);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
