import { VERSION } from "@dumbwaiter/infra";
import { Command, Option } from "commander";
import { setPaused } from "./pause.ts";
import { planCommand } from "./plan/plan-command.ts";
import { renderCommand } from "./render.ts";
import { statusCommand } from "./status/status-command.ts";
import type { Terminal } from "./terminal.ts";

/** Every command with its options. @param onExitCode hears of an exit code other than 0 that is no error */
export function createProgram(terminal: Terminal, onExitCode: (code: number) => void): Command {
  const program = new Command("kubectl dumbwaiter")
    .description("Plans, shows and pauses what Dumbwaiter's operator makes of a RoutingService.")
    .version(VERSION)
    .helpCommand(false)
    .showHelpAfterError("(--help tells more)")
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
    })
    .exitOverride();

  const command = (usage: string, description: string) => {
    const added = program
      .command(usage)
      .description(description)
      .option("-n, --namespace <name>", "namespace, in place of the context's");
    return added
      .option("--context <name>", "context of the kubeconfig, in place of its current one")
      .option("--kubeconfig <path>", "kubeconfig, in place of KUBECONFIG or ~/.kube/config");
  };

  withFiles(command("plan", "Shows what the operator would change if these files were applied."))
    .option("--server-side", "as `kubectl apply --server-side` would apply the RoutingService", false)
    .option("--field-manager <name>", "as whom to apply the RoutingService, as for `kubectl apply`")
    .option("--force-conflicts", "take the RoutingService's fields from others, with --server-side", false)
    .option("--exit-code", "exit with 1 when there are differences, with 2 for an error", false)
    .addOption(output("text", "json"))
    .action(async (options) => onExitCode(await planCommand(options, terminal)));

  command("status [name]", "Shows how a RoutingService is, or all of the namespace.")
    .addOption(output("text", "json"))
    .action((name, options) => statusCommand(name, options, terminal));

  for (const verb of ["pause", "resume"] as const) {
    const leaves = verb === "pause" ? "leave all objects as they are" : "look after the objects again";
    command(`${verb} <name>`, `Has the operator ${leaves}.`)
      .addOption(output("text", "json"))
      .action((name, options) => setPaused(name, verb === "pause", options, terminal));
  }

  withFiles(command("render", "Writes the objects of a RoutingService, without asking a cluster."))
    .addOption(output("yaml", "json"))
    .action((options) => renderCommand(options, terminal));
  return program;
}

function withFiles(command: Command): Command {
  const more = (path: string, paths: readonly string[] = []) => [...paths, path];
  return command.requiredOption("-f, --filename <path>", "file with RoutingServices; - for stdin", more);
}

function output(...formats: readonly [string, string]): Option {
  return new Option("-o, --output <format>", "how to write it").choices(formats).default(formats[0]);
}
