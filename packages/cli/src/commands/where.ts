import { type MessageId, parseAcceptedId, parseSubject, type UserId, userUrn } from "@dumbwaiter/core";
import { defineSettings, MESSAGE_TTL } from "@dumbwaiter/service/settings";
import type { AddCommand } from "../context.ts";
import { CommandError, UsageError } from "../errors.ts";
import { withStoreOptions, withStores } from "../stores/options.ts";
import { readLog } from "../where/message-log.ts";
import { whereIs } from "../where/where-is.ts";
import { whereJson, whereText } from "../where/where-report.ts";

/** As the services read it. */
const EXPIRY = defineSettings("dumbwaiter", [MESSAGE_TTL]);

const HINT =
  "Its trace tells more. So does the log of services at the level debug: give it with --log FILE, or --log - for a pipe.";

/** `where <user> <message-id>`. */
export const addWhere: AddCommand = (program, context) =>
  program.command(
    "where <user> <message-id>",
    "Find a message: on the ingress, in queues, in the dead letters, or gone",
    (command) =>
      withStoreOptions(command)
        .positional("user", {
          type: "string",
          demandOption: true,
          describe: "Recipient: subject of its tokens, or urn:sm:user:<id>",
        })
        .positional("message-id", { type: "string", demandOption: true, describe: "UUIDv7 of the 202" })
        .option("dead-letters", {
          type: "boolean",
          default: true,
          describe:
            "If no queue has it, look in the dead letters, which at Google takes 15 s; --no-dead-letters does not",
        })
        .option("log", {
          type: "string",
          requiresArg: true,
          describe:
            "File with the services' log at the level debug, or - for standard input: it tells how the message ended",
        })
        .example("$0 where bob 019a1b2c-3d4e-7f00-8a00-000000000000 --data-dir ./data", ""),
    async ({ deadLetters, ...options }) => {
      const message = { user: userOf(options.user), id: idOf(options.messageId) };
      const { messageTtlMs } = EXPIRY.load(context.env).limits;
      const steps = options.log && (await readLog(options.log, message.id, context.terminal.stdin));
      await withStores(options, context, async (stores) => {
        const found = await whereIs(stores, message, {
          deadLetters,
          steps: steps || undefined,
          ttlMs: messageTtlMs,
          onLetters: () => context.terminal.note("No queue has it. Looking through the dead letters…"),
        });
        context.terminal.result(whereText(found), whereJson(found));
        if (found.state !== "gone") return;
        if (!steps) context.terminal.note(HINT);
        throw new CommandError(
          "not_found",
          `Message ${message.id} is in no store of ${userUrn(message.user)}`,
        );
      });
    },
  );

function userOf(text: string): UserId {
  const user = parseSubject(text);
  if (user === undefined) throw new UsageError(`Not a user: ${text}`);
  return user;
}

function idOf(text: string): MessageId {
  const id = parseAcceptedId(text);
  if (id === undefined) throw new UsageError(`Not a message ID, which is a UUIDv7: ${text}`);
  return id;
}
