import type { Env } from "@dumbwaiter/service/settings";
import type { Argv } from "yargs";
import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: Env;
}

/** Adds a command with its options and its action. */
export type AddCommand = (program: Argv, context: Context) => Argv;
