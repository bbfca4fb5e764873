import type { Argv } from "yargs";
import { pipedAccessKey, readAccessKey } from "../access-key.ts";
import { httpClient, withApiOptions, withTimeoutOption } from "../connection.ts";
import type { AddCommand, Context } from "../context.ts";
import { CommandError } from "../errors.ts";
import { printable } from "../terminal.ts";

/** `access-key generate`, `access-key set`, `access-key show` and `access-key remove`. */
export const addAccessKey: AddCommand = (program, context) =>
  program.command(
    "access-key",
    "Let those who have your key send to you without saying who they are",
    (group) =>
      [addGenerate, addSet, addShow, addRemove]
        .reduce((all, add) => add(all, context), group)
        .demandCommand(1, "Name a command: generate, set, show or remove")
        .strict(),
  );

function addGenerate(group: Argv, { terminal }: Context): Argv {
  return group.command(
    "generate",
    "Print a new access key",
    (command) =>
      command
        .example("$0 access-key generate > key && $0 access-key set key", "")
        .epilogue("It calls nobody: nothing changes until you set the key."),
    async () => {
      const { newAccessKey } = await import("@dumbwaiter/client");
      const accessKey = newAccessKey();
      terminal.result(accessKey, { accessKey });
    },
  );
}

function addSet(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "set [file]",
    "Set the user's access key, which replaces the old one",
    (command) =>
      withTimeoutOption(withApiOptions(command))
        .positional("file", {
          type: "string",
          describe: "File with the key in base64, or @file; - or none for stdin",
        })
        .epilogue("Whoever has the old key is shut out within 10 s."),
    async ({ file, timeout, ...options }) => {
      const client = await httpClient(options, env);
      // yargs makes `-` an empty text.
      const key = await (file
        ? readAccessKey(file, "Give a file or pipe the key in")
        : pipedAccessKey(terminal.stdin));
      await client.accessKey.set(key, { timeoutMs: timeout * 1000 });
      terminal.result("access key set", { set: true });
    },
  );
}

function addShow(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "show",
    "Print since when the user has an access key; never the key",
    (command) => withTimeoutOption(withApiOptions(command)),
    async ({ timeout, ...options }) => {
      const client = await httpClient(options, env);
      const setAt = await client.accessKey.setAt({ timeoutMs: timeout * 1000 });
      if (setAt === undefined) throw new CommandError("not_found", "No access key is set");
      terminal.result(printable(`set ${setAt}`), { setAt });
    },
  );
}

function addRemove(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "remove",
    "Remove the user's access key",
    (command) =>
      withTimeoutOption(withApiOptions(command)).epilogue(
        "Within 10 s nobody sends to the user anymore without saying who they are.",
      ),
    async ({ timeout, ...options }) => {
      const client = await httpClient(options, env);
      await client.accessKey.remove({ timeoutMs: timeout * 1000 });
      terminal.result("access key removed", { removed: true });
    },
  );
}
