import type { ServiceSettings } from "./service-settings.ts";
import { describeVariable, type Variable } from "./variable.ts";

const WIDTH = 100;
const INDENT = " ".repeat(6);

/** What `--help` prints: the variables that a service reads. */
export function helpText({ service, variables }: ServiceSettings<unknown>): string {
  const entries = variables.map(
    (variable) => `  ${variable.name} (${defaultOf(variable)})\n${wrap(`${describeVariable(variable)}.`)}`,
  );
  return `Dumbwaiter ${service} reads its configuration from these environment variables:\n\n${entries.join("\n")}\n`;
}

/** `required`, `default 8080` or `not set by default`. */
function defaultOf(variable: Variable): string {
  if (variable.required) return "required";
  return variable.default ? `default ${variable.default}` : "not set by default";
}

function wrap(text: string): string {
  const lines = [""];
  for (const word of text.replaceAll("`", "").split(" ")) {
    const line = lines.at(-1) as string;
    if (line !== "" && INDENT.length + line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => INDENT + line).join("\n");
}
