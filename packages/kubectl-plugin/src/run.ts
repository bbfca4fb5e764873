import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { type Surroundings, Terminal } from "./terminal.ts";

/**
 * Runs one command.
 *
 * @param args what follows `kubectl dumbwaiter`
 * @returns the exit code: 0, or 1 for an error; with `--exit-code` 1 when there are differences, and 2 for an error
 */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  const terminal = new Terminal(around);
  const failure = args.includes("--exit-code") ? 2 : 1;
  let exitCode = 0;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // It has said what it has to say itself: an error, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : failure;
    terminal.error(error);
    return failure;
  }
}
