import { routingServiceSpecSchema, SPEC_RULES } from "@dumbwaiter/infra";
import { type StructuralSchema, structuralSchema } from "@dumbwaiter/infra/structural-schema";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from infra/cdk8s/src: change it there. -->
# Fields of a RoutingService

All fields are under \`spec\`. The [operator](operator.md) creates the corresponding objects. Sizes are in bytes, or have
one of the units KiB, MiB and GiB. In defaults, \`NAMESPACE\` and \`NAME\` are those of the RoutingService, cut
and with a hash if they are long. The prefixes default to none if all five IDs of \`google.pubsub\` are set.`;

/** A default that no schema has, because it derives from the object's name. */
const DERIVED = /; (\S+) by default(?=\.$)/;

/** The text of `docs/routing-service.md`. */
export function specMarkdown(): string {
  const rows = rowsOf(structuralSchema(routingServiceSpecSchema), "").join("\n");
  const rules = SPEC_RULES.map(({ message }) => `- ${message}`).join("\n");
  return `${INTRODUCTION}\n\n| field | default | meaning |\n| --- | --- | --- |\n${rows}\n\n## Rules\n\n${rules}\n`;
}

function rowsOf({ properties = {}, required = [] }: StructuralSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const isRequired = (required as readonly string[]).includes(name);
    if (path.endsWith(".template"))
      return [row(path, "none", `${schema.description} It has the same fields.`)];
    if (path.startsWith("template.") && schema.items?.properties) return [rowOfKubernetes(path, schema)];
    if (schema.properties) return [...rowOfGroup(path, schema, isRequired), ...rowsOf(schema, `${path}.`)];
    const fields = schema.items?.properties ? rowsOf(schema.items, `${path}[].`) : [];
    return [row(path, defaultOf(schema, isRequired), meaningOf(schema)), ...fields];
  });
}

/** A group is worth a row of its own where it may be left out as a whole. */
function rowOfGroup(path: string, schema: StructuralSchema, isRequired: boolean): string[] {
  return isRequired || schema.default !== undefined ? [] : [row(path, "none", `${schema.description}`)];
}

/** Items that are those of Kubernetes, field by field. */
function rowOfKubernetes(path: string, { description }: StructuralSchema): string {
  return row(path, "none", `${description} Fields: \`kubectl explain rsvc.spec.${path}\`.`);
}

function row(path: string, byDefault: string, meaning: string): string {
  return `| \`${path}\` | ${byDefault} | ${meaning} |`;
}

function defaultOf(schema: StructuralSchema, isRequired: boolean): string {
  if (isRequired) return "required";
  const [, derived] = DERIVED.exec(`${schema.description}`) ?? [];
  if (derived !== undefined) return `\`${derived}\``;
  return schema.default === undefined ? "none" : `\`${JSON.stringify(schema.default)}\``;
}

function meaningOf({ type, description, enum: values, minimum, maximum }: StructuralSchema): string {
  // The range of a quantity is that of plain numbers.
  const range = type === undefined || minimum === undefined ? [] : [`${minimum} to ${maximum}.`];
  const choice = values === undefined ? [] : [`One of ${(values as readonly string[]).join(", ")}.`];
  return [`${description}`.replace(DERIVED, ""), ...choice, ...range].join(" ");
}
