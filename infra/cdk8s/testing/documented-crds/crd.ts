import type { KubernetesObject } from "../../src/kubernetes-object.ts";

/** A CustomResourceDefinition with the fields that the tests use. */
export interface Crd extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly subresources: { readonly status: object };
    }[];
  };
}

export interface Schema {
  readonly [keyword: string]: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

export const string: Schema = { type: "string" };
export const boolean: Schema = { type: "boolean" };
export const int32: Schema = { type: "integer", format: "int32" };
export const int64: Schema = { type: "integer", format: "int64" };
export const strings: Schema = { type: "object", additionalProperties: string };
export const intOrString: Schema = {
  anyOf: [{ type: "integer" }, { type: "string" }],
  "x-kubernetes-int-or-string": true,
};

/** A string of 1 to `maxLength` characters. */
export function text(maxLength: number, pattern?: string): Schema {
  return { ...string, minLength: 1, maxLength, ...(pattern === undefined ? {} : { pattern }) };
}

export function oneOf(...values: readonly string[]): Schema {
  return { ...string, enum: values };
}

/** An object that has these fields and no others. */
export function fields(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  more: Schema = {},
): Schema {
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}), ...more };
}

export function list(items: Schema, more: Schema = {}): Schema {
  return { type: "array", items, ...more };
}

/** `x-kubernetes-validations`: rules in CEL, which only the API server checks. */
export function rules(...cel: readonly string[]): Schema {
  return { "x-kubernetes-validations": cel.map((rule) => ({ rule })) };
}

/** A label selector, as in `metav1.LabelSelector`. */
export const labelSelector = fields({
  matchLabels: strings,
  matchExpressions: list(
    fields({ key: string, operator: string, values: list(string) }, ["key", "operator"]),
  ),
});

/** A namespaced kind with a status. @param spec its fields; `required` if it cannot be left out */
export function crd(
  apiVersion: string,
  kind: string,
  plural: string,
  spec: Schema,
  { required = true } = {},
): Crd {
  const [group = "", version = ""] = apiVersion.split("/");
  const status = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // The API server requires it in groups of k8s.io.
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests only" },
    },
    spec: {
      group,
      names: { kind, plural },
      scope: "Namespaced",
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: fields({ spec, status }, required ? ["spec"] : []) },
          subresources: { status: {} },
        },
      ],
    },
  };
}
