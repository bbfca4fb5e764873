import { z } from "zod";

/** A schema as a CRD holds it: structural OpenAPI v3. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown;
  readonly type: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
}

/** What a structural schema may consist of; of what zod makes, nothing else may get lost in silence. */
const KEYWORDS = new Set([
  ...["type", "description", "default", "enum", "format", "pattern"],
  ...["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"],
  ...["properties", "required", "items", "additionalProperties"],
  ...["x-kubernetes-list-type", "x-kubernetes-list-map-keys"],
]);

/**
 * Turns a schema of zod into a CRD's, with defaults kept object by object: the API server's defaulting gives what
 * parsing gives.
 *
 * @throws Error when the schema says something that a structural schema cannot
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const { $schema, ...root } = z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    reused: "inline",
  });
  return structural(root as StructuralSchema);
}

function structural(schema: StructuralSchema): StructuralSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const unknown = Object.keys(rest).filter((keyword) => !KEYWORDS.has(keyword));
  if (unknown.length > 0) throw new Error(`no structural schema has ${unknown.join(", ")}`);
  return {
    ...rest,
    ...(properties ? { properties: mapValues(properties, structural) } : {}),
    ...(items ? { items: structural(items) } : {}),
    // `false` is what the API server does anyway: it refuses or prunes unknown fields.
    ...(additionalProperties ? { additionalProperties: structural(additionalProperties) } : {}),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
