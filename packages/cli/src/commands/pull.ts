import { httpClient, withApiOptions, withTimeoutOption } from "../connection.ts";
import type { AddCommand } from "../context.ts";
import { messageJson, messageLine } from "../message-line.ts";

/** `pull`: the oldest messages of the queue. */
export const addPull: AddCommand = (program, { terminal, env }) =>
  program.command(
    "pull",
    "Print the oldest queued messages",
    (command) =>
      withTimeoutOption(withApiOptions(command))
        .option("limit", { type: "number", requiresArg: true, describe: "At most so many, 1 to 500 [50]" })
        .option("ack", {
          type: "boolean",
          default: false,
          describe: "Acknowledge them once they are printed",
        })
        .example("$0 pull --json | jq -r .id | $0 ack", "Acknowledge what you have read")
        .epilogue("The messages stay queued until they are acknowledged."),
    async ({ limit, ack, timeout, ...options }) => {
      const client = await httpClient(options, env);
      const call = { timeoutMs: timeout * 1000 };
      const { messages, hasMore } = await client.pull(limit === undefined ? call : { ...call, limit });
      for (const message of messages) await terminal.printed(messageLine(message), messageJson(message));
      if (ack)
        await client.ack(
          messages.map(({ id }) => id),
          call,
        );
      if (messages.length === 0) terminal.note("Nothing is queued");
      if (hasMore) terminal.note("More messages are queued");
    },
  );
