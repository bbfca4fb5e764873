import {
  type Names,
  type NamingSpec,
  namesOf,
  namingSchema,
  parseProps,
  type RoutingServiceProps,
  routingServiceSpecSchema,
} from "@dumbwaiter/infra";
import type { RoutingService } from "./routing-service.ts";

export interface ReadSpec {
  readonly props: RoutingServiceProps;
  /** Paths of ignored fields, such as `spec.api.sidecar`, which an older or newer CRD has. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads a stored spec, perhaps of an older or newer CRD: applies defaults, and ignores unknown fields instead of
 * refusing them.
 *
 * @throws InvalidSpecError
 */
export function readSpec({ metadata, spec }: Pick<RoutingService, "metadata" | "spec">): ReadSpec {
  const { known, unknownFields } = withoutUnknownFields(spec);
  return { props: parseProps(metadata.name, metadata.namespace, known), unknownFields };
}

/** What the spec names, even if other parts of it are invalid; undefined if these are. */
export function readNames({
  metadata: { name, namespace },
  spec,
}: Pick<RoutingService, "metadata" | "spec">):
  | { readonly spec: NamingSpec; readonly names: Names }
  | undefined {
  const { data } = namingSchema.safeParse(withoutUnknownFields(spec).known);
  return data && { spec: data, names: namesOf({ name, namespace, spec: data }) };
}

function withoutUnknownFields(spec: unknown) {
  const stored = structuredClone(spec ?? {});
  const unknownFields: string[] = [];
  const parsed = routingServiceSpecSchema.safeParse(stored);
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const key of issue.keys) {
      removeAt(stored, issue.path, key);
      unknownFields.push(["spec", ...issue.path, key].join("."));
    }
  }
  return { known: stored, unknownFields };
}

/** Whether `spec.paused` is true, even if the rest of the spec is invalid. */
export function isPaused({ spec }: Pick<RoutingService, "spec">): boolean {
  return (spec as { readonly paused?: unknown } | null | undefined)?.paused === true;
}

export function unknownFieldsMessage(unknownFields: readonly string[]): string {
  return `Ignored unknown fields: ${unknownFields.join(", ")}`;
}

function removeAt(root: unknown, path: readonly PropertyKey[], key: string): void {
  let holder = root as Record<PropertyKey, unknown>;
  for (const step of path) holder = holder[step] as Record<PropertyKey, unknown>;
  delete holder[key];
}
