import type { Client, DumbwaiterError, HttpClient, Message } from "@dumbwaiter/client";
import { connectionOf, realtimeUrlOf, withApiOptions, withRealtimeUrlOption } from "../connection.ts";
import type { AddCommand } from "../context.ts";
import { messageOf, UsageError } from "../errors.ts";
import { messageJson, messageLine } from "../message-line.ts";
import type { Terminal } from "../terminal.ts";

/** How long the end waits until the router has confirmed the acknowledgements; a second Ctrl-C does not. */
const FLUSH_TIMEOUT_MS = 30_000;

/** `listen`: messages as they come. */
export const addListen: AddCommand = (program, { terminal, env, stop }) =>
  program.command(
    "listen",
    "Print messages as they come, and acknowledge them",
    (command) =>
      withRealtimeUrlOption(withApiOptions(command))
        .option("ack", {
          type: "boolean",
          default: true,
          describe:
            "Acknowledge each message once it is printed. With --no-ack the router sends no more than its window, 256 by default",
        })
        .option("count", { type: "number", requiresArg: true, describe: "End after so many messages" })
        .option("until-empty", {
          type: "boolean",
          default: false,
          describe: "End when nothing is queued. With --no-ack, after the 500 oldest messages",
        })
        .example("$0 listen --json > messages.jsonl", "Until Ctrl-C")
        .epilogue(
          "It keeps the connection open and reconnects by itself. It ends with what it printed acknowledged.",
        ),
    async ({ ack, count, untilEmpty, realtimeUrl, ...options }) => {
      if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
        throw new UsageError("--count must be a whole number of at least 1");
      }
      const connection = connectionOf(options, env);
      const stopped = stop();
      const { connect, createHttpClient } = await import("@dumbwaiter/client");
      if (stopped.aborted) return;
      const realtime = realtimeUrlOf(realtimeUrl, connection.url, env);
      const messages = untilEmpty
        ? queued(createHttpClient(connection), stopped)
        : live(connect({ ...connection, realtimeUrl: realtime }), terminal, stopped);
      let printed = 0;
      for await (const message of messages) {
        // Only what has been written is acknowledged.
        await terminal.printed(messageLine(message), messageJson(message));
        if (ack) await message.ack();
        printed += 1;
        if (printed === count || stopped.aborted) break;
      }
    },
  );

/** Ends when nothing is queued or it is stopped, once the router has confirmed the acknowledgements. */
async function* queued(client: HttpClient, stopped: AbortSignal): AsyncGenerator<Message> {
  try {
    yield* client.drain({ signal: stopped });
  } catch (error) {
    if ((error as DumbwaiterError).code !== "aborted") throw error;
  }
}

/** Ends when it is stopped or left, once the router has confirmed the acknowledgements. */
async function* live(client: Client, terminal: Terminal, stopped: AbortSignal): AsyncGenerator<Message> {
  client.on("error", (error) => {
    // What ends the client is thrown as well.
    if (client.state !== "closed") terminal.note(`${messageOf(error)}; trying again`);
  });
  stopped.addEventListener("abort", () => void client.close({ timeoutMs: FLUSH_TIMEOUT_MS }));
  try {
    yield* client.messages();
  } finally {
    await client.close({ timeoutMs: FLUSH_TIMEOUT_MS });
  }
}
