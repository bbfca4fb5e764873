import type { ServiceName } from "./service-name.ts";
import type { Variable } from "./variable.ts";
import { MESSAGING_VARIABLES } from "./variables-messaging.ts";
import { OPERATOR_VARIABLES } from "./variables-operator.ts";
import { PROCESS_VARIABLES } from "./variables-process.ts";

/** Every environment variable of every service: configuration, `--help` and documentation are made from this. */
export const VARIABLES = [...PROCESS_VARIABLES, ...MESSAGING_VARIABLES, ...OPERATOR_VARIABLES] as const;

/** The variables that a service reads. */
export function variablesOf(service: ServiceName): readonly Variable[] {
  return VARIABLES.filter(({ services }: Variable) => services.includes(service));
}

/** The names of the variables that a service reads. */
export function envNamesOf(service: ServiceName): readonly string[] {
  return variablesOf(service).map(({ name }) => name);
}
