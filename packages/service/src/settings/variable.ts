import type { z } from "zod";
import { rangeOf } from "./parsers.ts";

/**
 * One environment variable. Without `default` and `required` it is optional, and its setting is `undefined` when it
 * is not set. An empty value counts as not set.
 */
export interface Variable {
  readonly name: string;
  /** Where its value is found in the configuration: `config[group][key]`; units stand in the key. */
  readonly group: string;
  readonly key: string;
  /** Turns the raw text into the setting; its messages complete the sentence "NAME …". */
  readonly schema: z.ZodType<unknown, string>;
  /** As it would be written in the environment. */
  readonly default?: string;
  readonly required?: true;
  /** Its value never appears in an error message, and may be in a file instead: see {@link fileVariable}. */
  readonly secret?: true;
  /** Without a full stop at the end; see {@link describeVariable}. */
  readonly description: string;
  /** What it may be, where that is one of a few. */
  readonly choices?: readonly string[];
  /** Path below `spec` of the field of a RoutingService that sets it. */
  readonly field?: readonly string[];
  /** Validates that field, where it is set: text stays text, numbers are numbers. */
  readonly fieldSchema?: z.ZodType;
  /**
   * What the field is by default, where the API server must not store that: each RoutingService needs another name,
   * and `NAMESPACE.NAME` stands for its own; or stored ones keep their pods as they are. The variable itself has
   * {@link default}.
   */
  readonly fieldDefault?: string;
  /** Its least and most, where `fieldSchema` cannot state them. */
  readonly sizeRange?: SizeRange;
}

/** Two sizes such as `64KiB`. */
export type SizeRange = readonly [min: string, max: string];

/** A variable that a field of a RoutingService sets. */
export type SpecVariable = Variable & Required<Pick<Variable, "field" | "fieldSchema">>;

type Setting<V extends Variable> = V extends { readonly default: string } | { readonly required: true }
  ? z.output<V["schema"]>
  : z.output<V["schema"]> | undefined;

/** What variables are read into, grouped by concern: `config.limits.maxEnvelopeBytes`. */
export type ConfigOf<V extends Variable> = {
  readonly [Group in V["group"]]: {
    readonly [Each in Extract<V, { readonly group: Group }> as Each["key"]]: Setting<Each>;
  };
};

/** The variable that names the file of a secret, whose content is then the value, without surrounding white space. */
export function fileVariable(name: string): string {
  return `${name}_FILE`;
}

/** What the variable means, without a full stop, and what it may be: for `--help` and the documentation. */
export function describeVariable({ name, description, schema, choices, secret }: Variable): string {
  if (secret) return `${description}. \`${fileVariable(name)}\` names a file that contains it, instead`;
  const range = rangeOf(schema);
  if (range !== undefined) return `${description}. ${range.min} to ${range.max}`;
  return choices === undefined ? description : `${description}: ${choices.join(", ")}`;
}

/** What the field means, without a full stop, and what of its range and its default its schema does not show. */
export function describeField({ description, sizeRange, fieldDefault }: Variable): string {
  const range = sizeRange === undefined ? "" : ` (${sizeRange.join(" to ")})`;
  return `${description}${range}${fieldDefault === undefined ? "" : `; \`${fieldDefault}\` by default`}`;
}
