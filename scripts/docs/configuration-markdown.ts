import { SERVICE_NAMES } from "../../packages/service/src/settings/service-name.ts";
import type { Variable } from "../../packages/service/src/settings/variable.ts";
import { VARIABLES } from "../../packages/service/src/settings/variables.ts";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from packages/service/src/settings: change it there. -->
# Configuration

Every service reads its settings from the environment alone, once, when it starts. \`--help\` prints the variables of
a service; a value that is wrong ends it with exit code 1 and a list of every problem. An empty value counts as not
set. Sizes are bytes or take one of the units KiB, MiB and GiB.`;

/** The text of \`docs/configuration.md\`. */
export function configurationMarkdown(): string {
  const rows = VARIABLES.map(row).join("\n");
  return `${INTRODUCTION}\n\n| variable | default | read by | meaning |\n| --- | --- | --- | --- |\n${rows}\n`;
}

function row(variable: Variable): string {
  const byDefault = variable.required ? "required" : variable.default ? `\`${variable.default}\`` : "none";
  const readers = variable.services.length === SERVICE_NAMES.length ? "all" : variable.services.join(", ");
  return `| \`${variable.name}\` | ${byDefault} | ${readers} | ${variable.description} |`;
}
