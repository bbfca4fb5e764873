import { join } from "node:path";
import { ROOT } from "../tools/project-folders.ts";
import { type CommandOptions, type CommandResult, runCommand } from "../tools/run-command.ts";
import { skaffoldPath } from "./skaffold-path.ts";

export const ENVIRONMENT = {
  SKAFFOLD_CONFIG: join(import.meta.dirname, "config.yaml"),
  SKAFFOLD_INTERACTIVE: "false",
};

export async function skaffold(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const env = { ...ENVIRONMENT, ...options.env };
  return await runCommand(await skaffoldPath(), args, { cwd: ROOT, ...options, env });
}
