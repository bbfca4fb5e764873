import type { Env } from "@dumbwaiter/service/settings";
import type { Argv } from "yargs";
import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: Env;
  /** Aborts at the first SIGINT or SIGTERM, which end the process at once only if no command asks for this. */
  readonly stop: () => AbortSignal;
}

/** Adds a command with its options and its action. */
export type AddCommand = (program: Argv, context: Context) => Argv;
