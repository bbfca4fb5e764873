import { describeField, type SpecVariable } from "@dumbwaiter/service/settings";
import { z } from "zod";

type Last<Path extends readonly string[]> = Path extends readonly [...string[], infer Name extends string]
  ? Name
  : never;

type Field<V extends SpecVariable> = V extends { readonly fieldDefault: string }
  ? z.ZodOptional<V["fieldSchema"]>
  : V extends { readonly default: string }
    ? z.ZodDefault<V["fieldSchema"]>
    : V extends { readonly required: true }
      ? V["fieldSchema"]
      : z.ZodOptional<V["fieldSchema"]>;

type SpecFields<V extends SpecVariable> = { readonly [Each in V as Last<Each["field"]>]: Field<Each> };

/** The fields that set these variables of the services, with the variables' ranges, defaults and descriptions. */
export function specFields<const Variables extends readonly SpecVariable[]>(
  ...variables: Variables
): SpecFields<Variables[number]> {
  return Object.fromEntries(
    variables.map((variable) => [
      variable.field.at(-1),
      fieldOf(variable).describe(`${describeField(variable).replaceAll("`", "")}.`),
    ]),
  ) as SpecFields<Variables[number]>;
}

function fieldOf({ fieldSchema, default: text, fieldDefault, required }: SpecVariable): z.ZodType {
  if (text !== undefined && fieldDefault === undefined)
    return fieldSchema.default(fieldSchema instanceof z.ZodNumber ? Number(text) : text);
  return required ? fieldSchema : fieldSchema.optional();
}
