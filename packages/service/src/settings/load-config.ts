import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { CROSS_CHECKS } from "./cross-checks.ts";
import { type Env, readEnv } from "./read-env.ts";
import type { ServiceName } from "./service-name.ts";
import type { Variable } from "./variable.ts";
import { type VARIABLES, variablesOf } from "./variables.ts";

type Known = (typeof VARIABLES)[number];

type ReadBy<Service extends ServiceName, V = Known> = V extends Known
  ? Service extends V["services"][number]
    ? V
    : never
  : never;

type Setting<V extends Variable> = V extends { default: string } | { required: true }
  ? z.output<V["schema"]>
  : z.output<V["schema"]> | undefined;

/** The settings of a service, grouped by concern: `config.limits.maxEnvelopeBytes`. */
export type ServiceConfig<Service extends ServiceName> = {
  readonly [Group in ReadBy<Service>["group"]]: {
    readonly [V in Extract<ReadBy<Service>, { group: Group }> as V["key"]]: Setting<V>;
  };
};

/** Reads a service's settings from its environment. @throws ConfigError with every problem at once */
export function loadConfig<Service extends ServiceName>(service: Service, env: Env): ServiceConfig<Service> {
  return parseConfig(service, readEnv(service, env));
}

/** Applies defaults and validates. Pure. @throws ConfigError with every problem at once */
function parseConfig<Service extends ServiceName>(
  service: Service,
  raw: ReadonlyMap<string, string>,
): ServiceConfig<Service> {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  const config: Record<string, Record<string, unknown>> = {};
  for (const variable of variablesOf(service)) {
    const value = parseValue(variable, raw.get(variable.name), problems);
    values.set(variable.name, value);
    config[variable.group] ??= {};
    (config[variable.group] as Record<string, unknown>)[variable.key] = value;
  }
  for (const check of CROSS_CHECKS) {
    const [a, b] = check.names.map((name) => values.get(name));
    if (typeof a === "number" && typeof b === "number" && !check.holds(a, b)) problems.push(check.problem);
  }
  if (problems.length > 0) throw new ConfigError(service, problems);
  return config as ServiceConfig<Service>;
}

function parseValue(variable: Variable, raw: string | undefined, problems: string[]): unknown {
  const text = raw ?? variable.default;
  if (text === undefined) {
    if (variable.required) problems.push(`${variable.name} is required: ${variable.description}`);
    return undefined;
  }
  const result = variable.schema.safeParse(text);
  if (result.success) return result.data;
  const got = variable.secret ? "" : ` (it is ${JSON.stringify(text)})`;
  problems.push(`${variable.name} ${result.error.issues[0]?.message}${got}`);
  return undefined;
}
