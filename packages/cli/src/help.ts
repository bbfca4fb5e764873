import { PassThrough } from "node:stream";
import { createProgram } from "./program.ts";
import { Terminal } from "./terminal.ts";

/** Each command as it is called, in the order in which the help lists them. */
export const HELP_PAGES = [
  [],
  ["send"],
  ["listen"],
  ["pull"],
  ["ack"],
  ["devices", "list"],
  ["devices", "register"],
  ["devices", "remove"],
  ["access-key", "generate"],
  ["access-key", "set"],
  ["access-key", "show"],
  ["access-key", "remove"],
  ["token"],
  ["where"],
  ["dead-letters", "list"],
  ["dead-letters", "replay"],
  ["completion"],
] as const;

/** What `--help` prints, in 100 columns. @param command of {@link HELP_PAGES} */
export async function helpOf(command: readonly string[]): Promise<string> {
  const nowhere = new PassThrough();
  const streams = { stdin: nowhere, stdout: nowhere, stderr: nowhere };
  const terminal = new Terminal(streams as never, false);
  const { promise, resolve } = Promise.withResolvers<string>();
  createProgram({ terminal, env: {}, stop: () => AbortSignal.abort() }, 100).parse(
    [...command, "--help"],
    {},
    (_error, _args, output) => resolve(output),
  );
  return promise;
}
