import { Ajv, type ValidateFunction } from "ajv";
import type { Schema } from "./documented-crds/crd.ts";
import { DOCUMENTED_CRDS } from "./documented-crds/index.ts";
import { strictly } from "./strict-schema.ts";

/** The schema of each custom kind, by `apiVersion/kind`. It refuses unknown fields. */
export function crdSchemas(): ReadonlyMap<string, Schema> {
  const schemas = new Map<string, Schema>();
  for (const { spec } of DOCUMENTED_CRDS) {
    for (const { name, schema } of spec.versions) {
      const { properties, ...root } = schema.openAPIV3Schema;
      const everyObject = {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { type: "object" },
      };
      const strict = strictly({ ...root, properties: { ...properties, ...everyObject } });
      schemas.set(`${spec.group}/${name}/${spec.names.kind}`, strict);
    }
  }
  return schemas;
}

/** The same, compiled to functions. */
export function crdValidators(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return new Map([...crdSchemas()].map(([name, schema]) => [name, ajv.compile(schema)]));
}
