import { z } from "zod";

/** A schema as in a CRD: structural OpenAPI v3. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown;
  /** Undefined for a number or a string. */
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
}

const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";

/** The keywords of structural schemas. Any other that zod produces is an error, or it would be lost silently. */
const KEYWORDS = new Set([
  ...["type", "description", "default", "enum", "format", "pattern"],
  ...["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"],
  ...["properties", "required", "items", "additionalProperties"],
  ...["maxProperties", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"],
  ...["x-kubernetes-validations", PRESERVE, INT_OR_STRING],
]);

/**
 * Converts a zod schema to that of a CRD. Defaults stay object by object, so that the API server's defaulting gives
 * the same result as parsing.
 *
 * @throws Error if a structural schema cannot express the zod schema
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
  if (schema[INT_OR_STRING]) return eitherOf(schema);
  if (schema[PRESERVE] && schema.anyOf) return { ...eitherOf(schema), ...neitherObjectListNorBoolean() };
  const { properties, items, additionalProperties, ...rest } = schema;
  const unknown = Object.keys(rest).filter((keyword) => !KEYWORDS.has(keyword));
  if (unknown.length > 0) throw new Error(`Not allowed in a structural schema: ${unknown.join(", ")}`);
  return {
    ...rest,
    ...(properties ? { properties: mapValues(properties, structural) } : {}),
    ...(items ? { items: structural(items) } : {}),
    // `false` is the API server's default: it refuses or prunes unknown fields.
    ...(additionalProperties && !schema[PRESERVE]
      ? { additionalProperties: structural(additionalProperties) }
      : {}),
  };
}

/**
 * For numbers and text, which together have no type in a structural schema unless the numbers are whole: nothing of the
 * other types can fulfil these.
 */
function neitherObjectListNorBoolean(): StructuralSchema {
  const emptyAndNot = { minProperties: 1, maxProperties: 0, minItems: 1, maxItems: 0 };
  return { ...emptyAndNot, not: { enum: [true, false] } };
}

/** What limits numbers and what limits text are different keywords, so that both can stand side by side. */
function eitherOf({ anyOf, ...rest }: StructuralSchema): StructuralSchema {
  const either = (anyOf as readonly StructuralSchema[]).map(({ type, ...limits }) => limits);
  return Object.assign({}, ...either, rest) as StructuralSchema;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
