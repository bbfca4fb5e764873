import { isDeepStrictEqual } from "node:util";
import { type FieldsV1, itemKey, type KubeObject } from "@dumbwaiter/kubernetes";

/** A field that differs, with the path that the API server writes: `.spec.template.spec.containers[name="api"].image`. */
export interface FieldChange {
  readonly field: string;
  /** Undefined if the field is added. */
  readonly before?: unknown;
  /** Undefined if the field is removed. */
  readonly after?: unknown;
  /** Set if only the order of a list changes: `before` and `after` are the items' keys. */
  readonly isOrder?: true;
}

/** Written by the API server itself. */
const SERVER_FIELDS = new Set(["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"]);

/** Written by `kubectl apply`. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Compares two states of an object field by field, except for its status. The keys that identify the items of a list
 * come from the objects' `managedFields`; a list without such keys is compared as one value.
 */
export function fieldChanges(before: KubeObject, after: KubeObject): FieldChange[] {
  const trees = [before, after].flatMap(({ metadata }) =>
    (metadata.managedFields ?? []).flatMap(({ fieldsV1 }) => fieldsV1 ?? []),
  );
  return [...compare(contentOf(before), contentOf(after), trees, "")];
}

function contentOf({ status, metadata, ...rest }: KubeObject): Record<string, unknown> {
  const { annotations, ...others } = metadata;
  const kept = Object.entries(others).filter(([name]) => !SERVER_FIELDS.has(name));
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

/** @param before items by their keys as the API server writes them: `name="api"` */
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
  return itemKey(Object.fromEntries(keys.map((key) => [key, item[key]])));
}

/** The names of the fields that identify this list's items, if its items are owned one by one. */
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
      .filter(([step]) => step.startsWith("k:") && itemKey(JSON.parse(step.slice(2))) === key)
      .map(([, rest]) => rest),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether one of two paths is the other, or within it. */
export function overlaps(a: string, b: string): boolean {
  const [outer, inner] = a.length <= b.length ? [a, b] : [b, a];
  return outer === inner || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)));
}
