import type { Schema } from "./documented-crds/crd.ts";

/** Like the API server's strict field validation: refuses unknown fields. */
export function strictly(schema: Schema): Schema {
  const { properties, items, additionalProperties, pattern } = schema;
  const isOpen =
    additionalProperties !== undefined || schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...schema,
    ...(pattern === undefined ? {} : { pattern: inJavaScript(pattern) }),
    ...(schema["x-kubernetes-int-or-string"] ? { type: ["integer", "string"] } : {}),
    ...(items ? { items: strictly(items) } : {}),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: strictly(additionalProperties) }
      : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, strictly(property)]),
          ),
          ...(isOpen ? {} : { additionalProperties: false }),
        }
      : {}),
  };
}

/** Go allows a flag for the whole expression at its start. */
function inJavaScript(pattern: string): string {
  return pattern.replace(/^\^\(\?i\)(.*)\$$/, "^(?i:$1)$");
}
