import { appliedBy, type FieldsV1, itemKey, type KubeObject } from "@dumbwaiter/kubernetes";
import { changesWhatRuns } from "./foreign-scope.ts";
import { FIELD_MANAGER, REPAIR_MANAGER } from "./routing-service.ts";

/** A field that only others set, and that changes what pods run. */
export interface ForeignField {
  /** With the path that the API server writes: `.spec.template.spec.hostNetwork`. */
  readonly field: string;
  /** As in `managedFields`. */
  readonly steps: readonly string[];
  readonly managers: readonly string[];
}

/**
 * Reads `managedFields` alone, so an object's metadata is enough. A field whose parent is foreign is left out.
 *
 * @param ignored managers whose fields stay: what others have in a list of theirs is found item by item
 */
export function foreignFieldsOf(
  object: KubeObject,
  ignored: ReadonlySet<string> = new Set(),
): ForeignField[] {
  const ours = appliedBy(object, FIELD_MANAGER)?.fieldsV1;
  // Not applied by us yet.
  if (ours === undefined) return [];
  const others = (object.metadata.managedFields ?? []).filter(
    ({ manager, subresource }) =>
      manager !== FIELD_MANAGER && manager !== REPAIR_MANAGER && subresource === undefined,
  );
  const staying = others.filter(({ manager }) => ignored.has(manager));
  const kept = staying.reduce((tree, { fieldsV1 = {} }) => union(tree, fieldsV1), ours);
  const found = new Map<string, ForeignField>();
  for (const { manager, fieldsV1 = {} } of others) {
    for (const steps of outside(object, fieldsV1, ignored.has(manager) ? ours : kept, [])) {
      const field = pathOf(steps);
      const managers = new Set([...(found.get(field)?.managers ?? []), manager]);
      found.set(field, { field, steps, managers: [...managers] });
    }
  }
  return [...found.values()];
}

function union(a: FieldsV1, b: FieldsV1): FieldsV1 {
  const steps = Object.entries(b).map(([step, below]) => [step, union(a[step] ?? {}, below)] as const);
  return { ...a, ...Object.fromEntries(steps) };
}

/** The variable that a field sets for a container, if it is one. */
export function variableOf({ steps }: ForeignField): string | undefined {
  const [list, item, ...none] = steps.slice(5);
  if (list !== "f:env" || item === undefined || none.length > 0) return undefined;
  return (JSON.parse(item.slice(2)) as { name: string }).name;
}

/** The topmost nodes of a tree of fields that are not ours. */
function* outside(
  object: KubeObject,
  theirs: FieldsV1,
  ours: FieldsV1 | undefined,
  above: readonly string[],
): Generator<readonly string[]> {
  for (const [step, below] of Object.entries(theirs)) {
    if (step === ".") continue;
    const steps = [...above, step];
    const own = ours?.[step];
    if (own === undefined && changesWhatRuns(object, steps)) yield steps;
    else yield* outside(object, below, own, steps);
  }
}

function pathOf(steps: readonly string[]): string {
  return steps
    .map((step) => {
      const rest = step.slice(2);
      if (step.startsWith("f:")) return `.${rest}`;
      return `[${step.startsWith("k:") ? itemKey(JSON.parse(rest)) : rest}]`;
    })
    .join("");
}
