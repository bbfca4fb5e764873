import { API_SETTINGS } from "@dumbwaiter/api/config";
import { DEV_ISSUER_SETTINGS } from "@dumbwaiter/dev-issuer/config";
import { EMBEDDED_SETTINGS } from "@dumbwaiter/embedded/config";
import { OPERATOR_SETTINGS } from "@dumbwaiter/operator/config";
import { PROCESSOR_SETTINGS } from "@dumbwaiter/processor/config";
import { REALTIME_SETTINGS } from "@dumbwaiter/realtime/config";
import { describeVariable, type ServiceSettings, type Variable } from "@dumbwaiter/service/settings";

/** Every program that is configured by its environment. */
export const ALL_SETTINGS: readonly ServiceSettings<unknown>[] = [
  API_SETTINGS,
  PROCESSOR_SETTINGS,
  REALTIME_SETTINGS,
  OPERATOR_SETTINGS,
  EMBEDDED_SETTINGS,
  DEV_ISSUER_SETTINGS,
];

const INTRODUCTION = `<!-- Made by \`npm run docs\` from services/*/src/config.ts and packages/service/src/settings: change it there. -->
# Configuration

Every service reads its settings only from environment variables, at startup. \`--help\` prints the variables of a
service. An invalid value makes the service exit with code 1 and a list of all problems. An empty value is treated as
not set. Sizes are in bytes, or have one of the units KiB, MiB and GiB.

Limits of one network are 16 times as high for private, loopback and similar addresses, which count as one network
together ([security](security.md#per-network-without-a-token)): \`REFUSED_KEY_BURST\` is 320 for them by default.`;

/** The text of \`docs/configuration.md\`. */
export function configurationMarkdown(): string {
  const rows = variablesByGroup().map(row).join("\n");
  return `${INTRODUCTION}\n\n| variable | default | read by | meaning |\n| --- | --- | --- | --- |\n${rows}\n`;
}

/** Each variable of any service once, those of one concern side by side. */
export function variablesByGroup(): readonly Variable[] {
  const variables = new Set(ALL_SETTINGS.flatMap((settings) => settings.variables));
  return Object.values(Object.groupBy(variables, ({ group }) => group)).flatMap((group) => group ?? []);
}

function row(variable: Variable): string {
  const byDefault = variable.required ? "required" : variable.default ? `\`${variable.default}\`` : "none";
  const readers = ALL_SETTINGS.filter(({ variables }) => variables.includes(variable));
  const readBy =
    readers.length === ALL_SETTINGS.length ? "all" : readers.map(({ service }) => service).join(", ");
  return `| \`${variable.name}\` | ${byDefault} | ${readBy} | ${describeVariable(variable)} |`;
}
