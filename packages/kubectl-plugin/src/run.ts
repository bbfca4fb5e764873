import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { type ProcessStreams, Terminal } from "./terminal.ts";

/**
 * Runs one command.
 *
 * @param args the arguments after `kubectl dumbwaiter`
 * @returns the exit code: 0, or 1 for an error; with `--exit-code` 1 for differences, and 2 for an error
 */
export async function run(args: readonly string[], io: ProcessStreams): Promise<number> {
  const terminal = new Terminal(io);
  const failure = args.includes("--exit-code") ? 2 : 1;
  let exitCode = 0;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already printed the error, or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : failure;
    terminal.error(error);
    return failure;
  }
}
