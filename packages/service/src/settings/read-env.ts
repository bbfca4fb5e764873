import type { ServiceName } from "./service-name.ts";
import { variablesOf } from "./variables.ts";

/** The environment as a process has it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The raw values of what a service reads, by name; what is not set or empty is left out. */
export function readEnv(service: ServiceName, env: Env): ReadonlyMap<string, string> {
  const raw = new Map<string, string>();
  for (const { name } of variablesOf(service)) {
    const value = env[name];
    if (value !== undefined && value.trim() !== "") raw.set(name, value);
  }
  return raw;
}
