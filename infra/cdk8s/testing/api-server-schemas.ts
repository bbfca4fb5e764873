import type { Schema } from "./documented-crds/crd.ts";
import { strictly } from "./strict-schema.ts";

interface Definition extends Schema {
  readonly "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
}

/** Types that OpenAPI states less precisely than the API server checks them. */
const BETTER: Readonly<Record<string, Schema>> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: ["integer", "string"] },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: ["number", "string"] },
};

/**
 * @param openapi the API server's answer to `/openapi/v2`
 * @returns the schema of each kind, by `apiVersion/kind`; it refuses unknown fields
 */
export function apiServerSchemas(openapi: { definitions: Record<string, Definition> }): Map<string, Schema> {
  const all = { ...openapi.definitions, ...BETTER };
  const definitions = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, strictly(each)]));
  const schemas = new Map<string, Schema>();
  for (const [name, definition] of Object.entries(openapi.definitions)) {
    const kinds = definition["x-kubernetes-group-version-kind"] ?? [];
    // DeleteOptions and the like are in every group.
    const [only] = kinds;
    if (only === undefined || kinds.length > 1) continue;
    const apiVersion = only.group === "" ? only.version : `${only.group}/${only.version}`;
    const needed = reachable(name, definitions);
    schemas.set(`${apiVersion}/${only.kind}`, {
      $ref: `#/definitions/${name}`,
      definitions: Object.fromEntries([...needed].map((each) => [each, definitions[each]])),
    });
  }
  return schemas;
}

function reachable(
  name: string,
  definitions: Readonly<Record<string, Schema>>,
  found = new Set<string>(),
): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of JSON.stringify(definitions[name]).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) {
    reachable(next ?? "", definitions, found);
  }
  return found;
}
