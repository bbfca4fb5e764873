import { Ajv, type ValidateFunction } from "ajv";
import { foreignCrds, type Schema } from "./foreign-crds.ts";

/** A check for each version of each kind, by `apiVersion/kind`; it refuses fields that the CRD does not know. */
export function crdValidators(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  for (const { spec } of foreignCrds()) {
    const { group, names, versions } = spec;
    for (const { name, schema } of versions) {
      const { properties, ...root } = schema.openAPIV3Schema;
      const strict = strictly({ ...root, properties: { ...properties, metadata: { type: "object" } } });
      validators.set(`${group}/${name}/${names.kind}`, ajv.compile(strict));
    }
  }
  return validators;
}

/** As the API server's strict field validation would have it. */
function strictly(schema: Schema): Schema {
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

/** Go may begin an expression with a flag for all of it. */
function inJavaScript(pattern: string): string {
  return pattern.replace(/^\^\(\?i\)(.*)\$$/, "^(?i:$1)$");
}
