import yargs, { type Argv } from "yargs";
import dumbwaiter from "../../../package.json" with { type: "json" };
import { withoutAccessKeys } from "./access-key.ts";
import { addAccessKey } from "./commands/access-key.ts";
import { addAck } from "./commands/ack.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDevices } from "./commands/devices.ts";
import { addListen } from "./commands/listen.ts";
import { addPull } from "./commands/pull.ts";
import { addSend } from "./commands/send.ts";
import { addToken } from "./commands/token.ts";
import { addWhere } from "./commands/where.ts";
import type { AddCommand, Context } from "./context.ts";
import { EXIT_CODES, UsageError } from "./errors.ts";

/** In the order in which the help lists them. */
const COMMANDS: readonly AddCommand[] = [
  addSend,
  addListen,
  addPull,
  addAck,
  addDevices,
  addAccessKey,
  addToken,
  addWhere,
  addDeadLetters,
  addCompletion,
];

const WIDEST = 100;

/** Parses the arguments and runs the command that they name. @throws UsageError, and what the command throws */
export async function runProgram(args: readonly string[], context: Context): Promise<void> {
  await createProgram(context).parseAsync([...args]);
}

/** All commands, as the help and the documentation describe them. */
export function createProgram(context: Context, columns = terminalColumns()): Argv {
  const program = yargs()
    .scriptName("dumbwaiter")
    // A letter's ID or a user may look like a number.
    .parserConfiguration({ "parse-positional-numbers": false })
    .usage("$0 <command>\n\nSend, receive and look after Dumbwaiter's messages.")
    .option("json", { type: "boolean", describe: "Print JSON, one document a line" })
    .version(dumbwaiter.version)
    .help()
    .alias("help", "h")
    .group(["json", "help", "version"], "Global options:")
    .epilogue(epilogue())
    .demandCommand(1, "Name a command")
    .strict()
    .check(refuseRepeated, true)
    .recommendCommands()
    .locale("en")
    .wrap(columns)
    .exitProcess(false)
    .fail((message, error) => {
      // What a command throws comes here as well; what yargs finds is wrong usage.
      if (error && error.name !== "YError") throw error;
      throw new UsageError(`${withoutAccessKeys(message ?? error.message)}. See dumbwaiter --help`);
    });
  return COMMANDS.reduce((all, add) => add(all, context), program as Argv);
}

/** yargs would give the command a list. Only positionals are lists. */
function refuseRepeated({ _, ids, ...options }: Readonly<Record<string, unknown>>): true {
  const repeated = Object.keys(options).find((name) => Array.isArray(options[name]));
  if (repeated === undefined) return true;
  throw new UsageError(`--${repeated} is given more than once`);
}

function terminalColumns(): number {
  return Math.min(WIDEST, process.stdout.columns ?? WIDEST);
}

function epilogue(): string {
  const codes = Object.values(EXIT_CODES).map(({ exitCode, meaning }) => `  ${exitCode}  ${meaning}`);
  return `Exit codes:\n${codes.join("\n")}`;
}
