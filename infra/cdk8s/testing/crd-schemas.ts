import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";

/** The CRDs of others, which are not part of the project; see the README beside them. */
const FOLDER = join(import.meta.dirname, "../../../../shared/crds");

export const HAS_CRDS = existsSync(FOLDER);

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

interface Schema {
  readonly [keyword: string]: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** A check for each version of each kind, by `apiVersion/kind`; it refuses fields that the CRD does not know. */
export function crdValidators(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"))) {
    const { group, names, versions } = (parse(readFileSync(join(FOLDER, file), "utf8")) as Crd).spec;
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
