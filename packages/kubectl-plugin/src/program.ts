import { VERSION } from "@dumbwaiter/infra";
import { Command, Option } from "commander";
import { setPaused } from "./pause.ts";
import { planCommand } from "./plan/plan-command.ts";
import { renderCommand } from "./render.ts";
import { statusCommand } from "./status/status-command.ts";
import type { Terminal } from "./terminal.ts";

/** Every command with its options. @param onExitCode called with an exit code that is not an error's */
export function createProgram(terminal: Terminal, onExitCode: (code: number) => void): Command {
  const program = new Command("kubectl dumbwaiter")
    .description("Plans, shows and pauses what the Dumbwaiter operator does for a RoutingService.")
    .version(VERSION)
    .helpCommand(false)
    .showHelpAfterError("(use --help for more information)")
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
    })
    .exitOverride();

  const command = (usage: string, description: string) => {
    return program
      .command(usage)
      .description(description)
      .option("-n, --namespace <name>", "namespace; by default that of the context")
      .option("--context <name>", "context of the kubeconfig; by default its current context")
      .option("--kubeconfig <path>", "path of the kubeconfig; by default KUBECONFIG or ~/.kube/config");
  };

  withFiles(command("plan", "Shows what the operator would change if the files were applied."))
    .option("--server-side", "plan for `kubectl apply --server-side`", false)
    .option("--field-manager <name>", "field manager of the `kubectl apply`")
    .option("--force-conflicts", "with --server-side, take over fields that other managers own", false)
    .option("--exit-code", "exit with 1 if there are differences, with 2 for an error", false)
    .addOption(output("text", "json"))
    .action(async (options) => onExitCode(await planCommand(options, terminal)));

  command("status [name]", "Shows the status of a RoutingService, or of all in the namespace.")
    .addOption(output("text", "json"))
    .action((name, options) => statusCommand(name, options, terminal));

  command("pause <name>", "Makes the operator stop reconciling a RoutingService.")
    .addOption(output("text", "json"))
    .action((name, options) => setPaused(name, true, options, terminal));

  command("resume <name>", "Makes the operator reconcile a RoutingService again.")
    .addOption(output("text", "json"))
    .action((name, options) => setPaused(name, false, options, terminal));

  withFiles(command("render", "Prints the objects of a RoutingService without contacting a cluster."))
    .addOption(output("yaml", "json"))
    .action((options) => renderCommand(options, terminal));
  return program;
}

function withFiles(command: Command): Command {
  const more = (path: string, paths: readonly string[] = []) => [...paths, path];
  return command.requiredOption("-f, --filename <path>", "file with RoutingServices, or - for stdin", more);
}

function output(...formats: readonly [string, string]): Option {
  return new Option("-o, --output <format>", "output format").choices(formats).default(formats[0]);
}
