import { once } from "node:events";
import { exitCodeOf } from "./errors.ts";
import { runProgram } from "./program.ts";
import { type ProcessStreams, Terminal } from "./terminal.ts";

/** What the command line takes from the process. */
export interface ProcessIo extends ProcessStreams {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs one command.
 *
 * @param args the arguments after `dumbwaiter`
 * @returns the exit code: one of `EXIT_CODES`
 */
export async function run(args: readonly string[], io: ProcessIo): Promise<number> {
  // `dumbwaiter … | head` has read enough.
  io.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const terminal = new Terminal(io, args.includes("--json"));
  try {
    await runProgram(args, { terminal, env: io.env });
    if (io.stdout.writableNeedDrain) await once(io.stdout, "drain");
    return 0;
  } catch (error) {
    terminal.error(error);
    return exitCodeOf(error);
  }
}
