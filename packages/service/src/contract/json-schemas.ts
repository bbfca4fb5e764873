import { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Named = Readonly<Record<string, z.ZodType>>;

/** Where a document, OpenAPI or AsyncAPI, keeps its schemas. */
export function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON Schemas of what clients send: exactly what is accepted. Those that are named refer to each other. */
export function requestJsonSchemas(schemas: Named): Record<string, JsonSchema> {
  return jsonSchemas(schemas, "input", withoutSafeIntegerBounds);
}

/**
 * The JSON Schemas of what clients get. They are open: a later version may add fields, error codes and other values.
 * They have no defaults, for which code generators make a field required.
 */
export function answerJsonSchemas(schemas: Named): Record<string, JsonSchema> {
  return jsonSchemas(schemas, "output", (context) => {
    withoutSafeIntegerBounds(context);
    leaveOpen(context.jsonSchema);
  });
}

function jsonSchemas(
  schemas: Named,
  io: "input" | "output",
  override: (context: { jsonSchema: JsonSchema }) => void,
) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, { io, uri: (id) => reference(id).$ref, override });
  for (const schema of Object.values(made)) {
    delete schema.$id;
    delete schema.$schema;
  }
  return made;
}

function leaveOpen(schema: JsonSchema): void {
  delete schema.default;
  delete schema.pattern;
  if (schema.type === "object") schema.additionalProperties = true;
  if (schema.enum) {
    schema.examples = schema.enum;
    delete schema.enum;
  }
}

/** zod adds JavaScript's bounds to every integer, which are of no use to readers. */
function withoutSafeIntegerBounds({ jsonSchema: schema }: { jsonSchema: JsonSchema }): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}
