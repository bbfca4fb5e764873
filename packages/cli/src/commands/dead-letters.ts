import type { Argv } from "yargs";
import type { AddCommand, Context } from "../context.ts";
import { CommandError, UsageError } from "../errors.ts";
import { Progress } from "../progress.ts";
import { withStoreOptions, withStores } from "../stores/options.ts";
import type { Letter } from "../stores/stores.ts";
import { isoTime, printable } from "../terminal.ts";

/** `dead-letters list` and `dead-letters replay`. */
export const addDeadLetters: AddCommand = (program, context) =>
  program.command("dead-letters", "List dead letters, or put them back on the ingress", (group) =>
    addReplay(addList(group, context), context).demandCommand(1, "Name a command: list or replay").strict(),
  );

function addList(group: Argv, context: Context): Argv {
  return group.command(
    "list",
    "List dead letters with their reasons, never their content",
    (command) =>
      withStoreOptions(command).example(
        "GOOGLE_CLOUD_PROJECT=my-project $0 dead-letters list",
        "Letter, time, code, message ID and reason",
      ),
    (options) =>
      withStores(options, context, async (stores) => {
        const progress = new Progress(context.terminal, "dead letters");
        let listed = 0;
        await stores.listLetters((letter) => {
          listed += 1;
          context.terminal.result(lineOf(letter), letterJson(letter));
          progress.advance();
        });
        progress.end();
        if (listed === 0) context.terminal.note("No dead letters");
      }),
  );
}

function addReplay(group: Argv, context: Context): Argv {
  return group.command(
    "replay [ids..]",
    "Put dead letters back on the ingress, and remove them",
    (command) =>
      withStoreOptions(command)
        .positional("ids", { type: "string", array: true, describe: "Letter IDs or message IDs" })
        .option("all", { type: "boolean", default: false, describe: "Replay all of them" })
        .example("$0 dead-letters replay 019a1b2c-3d4e-7f00-8a00-000000000000", "")
        .epilogue("Fix the cause first: a record that fails again becomes a new letter."),
    async ({ ids = [], all, ...options }) => {
      if (all === ids.length > 0) throw new UsageError("Name letters or messages, or --all");
      await withStores(options, context, async (stores) => {
        const progress = new Progress(context.terminal, "replayed");
        const unknown = new Set(ids);
        const replayed = await stores.replay((letter) => {
          const names = [letter.letterId, letter.messageId ?? ""].filter((name) => ids.includes(name));
          for (const name of names) unknown.delete(name);
          const isChosen = all || names.length > 0;
          if (isChosen) progress.advance();
          return isChosen;
        });
        progress.end();
        context.terminal.result(`${replayed} replayed to the ingress`, { replayed, unknown: [...unknown] });
        if (unknown.size > 0)
          throw new CommandError("not_found", `No dead letter matches ${[...unknown].join(", ")}`);
      });
    },
  );
}

function lineOf({ letterId, givenUpAt, code, messageId = "-", reason }: Letter): string {
  const columns = [letterId.padEnd(17), isoTime(givenUpAt), code.padEnd(19), messageId.padEnd(36), reason];
  return printable(columns.join("  "));
}

/** How a letter is printed with `--json`. */
export function letterJson({ givenUpAt, messageId, ...letter }: Letter): object {
  return { ...letter, givenUpAt: isoTime(givenUpAt), messageId: messageId ?? null };
}
