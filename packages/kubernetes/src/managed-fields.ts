import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "./kube-object.ts";

/** What a manager applied, as opposed to updated; of the object itself unless a subresource is named. */
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

/** The paths of a tree's leaves, such as `.spec.replicas` and `.spec.template.spec.containers[name=api].image`. */
export function fieldPaths(tree: FieldsV1 | undefined, path = ""): string[] {
  const steps = Object.entries(tree ?? {});
  if (steps.length === 0) return path === "" ? [] : [path];
  return steps
    .flatMap(([step, rest]) => (step === "." ? [] : fieldPaths(rest, path + readable(step))))
    .concat(steps.length === 1 && steps[0]?.[0] === "." ? [path] : []);
}

/** Who owns a field beside the manager itself: by whatever operation, and through whatever subresource. */
export function ownersOf({ metadata }: KubeObject, field: string, except: string): ManagedFieldsEntry[] {
  return (metadata.managedFields ?? []).filter(
    (entry) => entry.manager !== except && fieldPaths(entry.fieldsV1).includes(field),
  );
}

function readable(step: string): string {
  const kind = step.slice(0, 2);
  const rest = step.slice(2);
  if (kind === "f:") return `.${rest}`;
  if (kind === "k:") {
    const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
    return `[${keys.map(([key, value]) => `${key}=${value}`).join(",")}]`;
  }
  return `[${rest}]`;
}
