import type { ConfigOf, Variable } from "./variable.ts";

/** The environment as a process has it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What a service reads from its environment: configuration, `--help` and documentation are made from it. */
export interface ServiceSettings<Config> {
  readonly service: string;
  readonly variables: readonly Variable[];
  /** Applies defaults and validates. Pure. @throws ConfigError with every problem at once */
  load(env: Env): Config;
}

/** The configuration of a service whose settings are `Settings`. */
export type ServiceConfig<Settings> = Settings extends ServiceSettings<infer Config> ? Config : never;

/** The environment of a service is invalid; `problems` holds a sentence for each thing to correct. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(service: string, problems: readonly string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join("\n");
    super(`Invalid configuration for ${service}:\n${list}\nRun it with --help for a list of its variables.`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** A rule between two settings, applied to a service that reads both and has values for them. */
interface CrossCheck {
  readonly names: readonly [string, string];
  // The variables' schemas have made sure of the types.
  // biome-ignore lint/suspicious/noExplicitAny: each check knows those of its own settings
  readonly holds: (first: any, second: any) => boolean;
  readonly problem: string;
}

const CROSS_CHECKS: readonly CrossCheck[] = [
  {
    names: ["PORT", "ADMIN_PORT"],
    holds: (port: number, adminPort: number) => port !== adminPort || port === 0,
    problem: "ADMIN_PORT must differ from PORT",
  },
  {
    names: ["READINESS_DELAY_SECONDS", "SHUTDOWN_GRACE_SECONDS"],
    holds: (delayMs: number, graceMs: number) => delayMs <= graceMs / 2,
    problem: "READINESS_DELAY_SECONDS must be at most half of SHUTDOWN_GRACE_SECONDS",
  },
  {
    names: ["AUTH_ISSUER", "AUTH_ADDITIONAL_ISSUERS"],
    holds: (first: string, others: readonly { readonly issuer: string }[]) =>
      others.every(({ issuer }) => issuer !== first),
    problem: "AUTH_ADDITIONAL_ISSUERS must not name the issuer of AUTH_ISSUER again",
  },
];

/** @param variables in the order in which people read about them */
export function defineSettings<V extends Variable>(
  service: string,
  variables: readonly V[],
): ServiceSettings<ConfigOf<V>> {
  return { service, variables, load: (env) => load(service, variables, env) as ConfigOf<V> };
}

function load(service: string, variables: readonly Variable[], env: Env) {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  const config: Record<string, Record<string, unknown>> = {};
  for (const variable of variables) {
    const value = parseValue(variable, env[variable.name], problems);
    values.set(variable.name, value);
    config[variable.group] = { ...config[variable.group], [variable.key]: value };
  }
  for (const check of CROSS_CHECKS) {
    const [first, second] = check.names.map((name) => values.get(name));
    if (first !== undefined && second !== undefined && !check.holds(first, second))
      problems.push(check.problem);
  }
  if (problems.length > 0) throw new ConfigError(service, problems);
  return config;
}

function parseValue(variable: Variable, raw: string | undefined, problems: string[]): unknown {
  const text = raw === undefined || raw.trim() === "" ? variable.default : raw;
  if (text === undefined) {
    if (variable.required) problems.push(`${variable.name} is required: ${variable.description}`);
    return undefined;
  }
  const result = variable.schema.safeParse(text);
  if (result.success) return result.data;
  const got = variable.secret ? "" : ` (got ${JSON.stringify(text)})`;
  problems.push(`${variable.name} ${result.error.issues[0]?.message}${got}`);
  return undefined;
}
