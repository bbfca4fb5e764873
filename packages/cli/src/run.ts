import type { Env } from "@dumbwaiter/service/settings";
import { EXIT_CODES, exitCodeOf } from "./errors.ts";
import { runProgram } from "./program.ts";
import { OutputClosedError, type ProcessStreams, Terminal } from "./terminal.ts";

/** What the command line takes from the process. */
export interface ProcessIo extends ProcessStreams {
  readonly env: Env;
  once(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/**
 * Runs one command.
 *
 * @param args the arguments after `dumbwaiter`
 * @returns the exit code: one of `EXIT_CODES`
 */
export async function run(args: readonly string[], io: ProcessIo): Promise<number> {
  const terminal = new Terminal(io, args.includes("--json"));
  try {
    await runProgram(args, { terminal, env: io.env, stop: () => stopSignal(io) });
    return EXIT_CODES.ok.exitCode;
  } catch (error) {
    // `dumbwaiter … | head` has read enough.
    if (error instanceof OutputClosedError && error.isByReader) return EXIT_CODES.ok.exitCode;
    terminal.error(error);
    return exitCodeOf(error);
  }
}

function stopSignal(io: Pick<ProcessIo, "once">): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) io.once(signal, () => controller.abort());
  return controller.signal;
}
