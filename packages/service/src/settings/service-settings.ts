import { readFileSync } from "node:fs";
import { takesToken } from "./redis-url.ts";
import { type ConfigOf, fileVariable, type Variable } from "./variable.ts";

/** The environment as a process has it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What a service reads from its environment: configuration, `--help` and documentation are made from it. */
export interface ServiceSettings<Config> {
  readonly service: string;
  readonly variables: readonly Variable[];
  /** Applies defaults, reads the files of secrets, and validates. @throws ConfigError with every problem at once */
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
    names: ["REDIS_URL", "REDIS_AUTHENTICATION"],
    holds: (url: string, authentication: string) => authentication !== "googleIam" || takesToken(url),
    problem:
      "REDIS_URL must be rediss: without user, password or Sentinels if REDIS_AUTHENTICATION is googleIam",
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
    const text = textOf(variable, env, problems);
    const value = text === null ? undefined : parseValue(variable, text, problems);
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

/** @returns undefined if it is not set, null if its file cannot be read */
function textOf({ name, secret }: Variable, env: Env, problems: string[]): string | undefined | null {
  const text = valueIn(env, name);
  const path = secret && valueIn(env, fileVariable(name));
  if (!path) return text;
  if (text !== undefined) problems.push(`only one of ${name} and ${fileVariable(name)} may be set`);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.push(`${fileVariable(name)} must name a readable file (got ${JSON.stringify(path)}: ${code})`);
    return null;
  }
}

function valueIn(env: Env, name: string): string | undefined {
  return env[name]?.trim() === "" ? undefined : env[name];
}

function parseValue(variable: Variable, raw: string | undefined, problems: string[]): unknown {
  const text = raw ?? variable.default;
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
