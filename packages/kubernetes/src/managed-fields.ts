import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "./kube-object.ts";

/** The entry of a manager's applies (not its updates), to the object itself or to a subresource. */
export function appliedBy(
  { metadata }: KubeObject,
  manager: string,
  subresource?: string,
): ManagedFieldsEntry | undefined {
  return metadata.managedFields?.find(
    (entry) =>
      entry.manager === manager &&
      entry.operation === "Apply" &&
      (entry.subresource ?? "") === (subresource ?? ""),
  );
}

/** The paths of a tree's leaves, such as `.spec.replicas` and `.spec.template.spec.containers[name="api"].image`. */
export function fieldPaths(tree: FieldsV1 | undefined, path = ""): string[] {
  const steps = Object.entries(tree ?? {});
  if (steps.length === 0) return path === "" ? [] : [path];
  return steps
    .flatMap(([step, rest]) => (step === "." ? [] : fieldPaths(rest, path + pathOf(step))))
    .concat(steps.length === 1 && steps[0]?.[0] === "." ? [path] : []);
}

/** The other managers that own a field, through any operation and subresource. */
export function ownersOf({ metadata }: KubeObject, field: string, except: string): ManagedFieldsEntry[] {
  return (metadata.managedFields ?? []).filter(
    (entry) => entry.manager !== except && fieldPaths(entry.fieldsV1).includes(field),
  );
}

/** A step as the API server writes it in the paths of its errors. */
function pathOf(step: string): string {
  const rest = step.slice(2);
  if (step.startsWith("f:")) return `.${rest}`;
  return step.startsWith("k:") ? `[${itemKey(JSON.parse(rest))}]` : `[${rest}]`;
}

/** The key of a list's item, such as `containerPort=80,protocol="TCP"`. */
export function itemKey(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",");
}
