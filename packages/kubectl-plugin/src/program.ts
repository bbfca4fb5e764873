import { VERSION } from "@dumbwaiter/infra";
import { Command, Option } from "commander";
import { cloudResourcesCommand } from "./cloud-resources.ts";
import { setPaused } from "./pause.ts";
import { planCommand } from "./plan/plan-command.ts";
import { renderCommand } from "./render.ts";
import { statusCommand } from "./status/status-command.ts";
import type { Terminal } from "./terminal.ts";

/** Every command with its options. @param onExitCode called with an exit code that is not an error's */
export function createProgram(terminal: Terminal, onExitCode: (code: number) => void): Command {
  const program = new Command("kubectl dumbwaiter")
    .description("Plan, show and pause what the Dumbwaiter operator does for a RoutingService.")
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
      .option("-n, --namespace <name>", "namespace (default: the context's namespace)")
      .option("--context <name>", "context of the kubeconfig file (default: its current context)")
      .option("--kubeconfig <path>", "path to the kubeconfig file (default: $KUBECONFIG or ~/.kube/config)");
  };

  withFiles(command("plan", "Show what the operator would change if the files were applied."))
    .option("--server-side", "plan for `kubectl apply --server-side`", false)
    .option("--field-manager <name>", "name of the field manager, as for `kubectl apply`")
    .option("--force-conflicts", "with --server-side, take over fields that other managers own", false)
    .option("--exit-code", "exit with 1 if there are differences, with 2 for an error", false)
    .addOption(output("text", "json"))
    .action(async (options) => onExitCode(await planCommand(options, terminal)));

  command("status [name]", "Show the status of a RoutingService, or of all in the namespace.")
    .addOption(output("text", "json"))
    .action((name, options) => statusCommand(name, options, terminal));

  command("pause <name>", "Pause reconciliation of a RoutingService.")
    .addOption(output("text", "json"))
    .action((name, options) => setPaused(name, true, options, terminal));

  command("resume <name>", "Resume reconciliation of a RoutingService.")
    .addOption(output("text", "json"))
    .action((name, options) => setPaused(name, false, options, terminal));

  withFiles(command("render", "Print the objects of a RoutingService without contacting a cluster."))
    .addOption(output("yaml", "json"))
    .action((options) => renderCommand(options, terminal));

  command("cloud-resources [name]", "Print what a RoutingService, or those of files, need at Google.")
    .addOption(files())
    .addOption(output("config-connector", "gcloud"))
    .action((name, options) => cloudResourcesCommand(name, options, terminal));
  return program;
}

function withFiles(command: Command): Command {
  return command.addOption(files().makeOptionMandatory());
}

function files(): Option {
  const more = (path: string, paths: readonly string[] = []) => [...paths, path];
  return new Option("-f, --filename <path>", "file with RoutingServices, or - for stdin").argParser(more);
}

function output(...formats: readonly [string, string]): Option {
  return new Option("-o, --output <format>", "output format").choices(formats).default(formats[0]);
}
