import { accessKeyOf } from "../access-key.ts";
import {
  anonymousClient,
  httpClient,
  withApiOptions,
  withRealtimeUrlOption,
  withTimeoutOption,
} from "../connection.ts";
import type { AddCommand } from "../context.ts";
import { readEnvelope } from "../envelope.ts";
import { UsageError } from "../errors.ts";
import { Progress } from "../progress.ts";

/** Sends under way, so that many do not wait for each other's answers. */
const IN_FLIGHT = 16;

/** `send [file]`: one message, or many of the same envelope. */
export const addSend: AddCommand = (program, { terminal, env }) =>
  program.command(
    "send [file]",
    "Send a message that your client has sealed",
    (command) =>
      withTimeoutOption(withRealtimeUrlOption(withApiOptions(command)))
        .positional("file", {
          type: "string",
          describe: "File with the envelope's JSON; - or none for stdin",
        })
        .option("to", {
          type: "string",
          requiresArg: true,
          describe: "Recipient: subject of its tokens, or urn:sm:user:<id>",
        })
        .option("data", { type: "string", requiresArg: true, describe: "encryptedData: base64, or @file" })
        .option("key", {
          type: "string",
          requiresArg: true,
          describe: "encryptedSymmetricKey: base64, or @file",
        })
        .option("signature", { type: "string", requiresArg: true, describe: "signature: base64, or @file" })
        .option("ephemeral", { type: "boolean", describe: "For devices that are connected now, or nobody" })
        .option("priority", { type: "number", requiresArg: true, describe: "0 to 10; 5 and above is high" })
        .option("idempotency-key", {
          type: "string",
          requiresArg: true,
          describe: "UUIDv7 of an earlier attempt, so that this one cannot double it",
        })
        .option("access-key", {
          type: "string",
          requiresArg: true,
          describe:
            "Send without saying who you are: @file with the recipient's access key; no token is needed [DUMBWAITER_ACCESS_KEY]",
        })
        .option("count", {
          type: "number",
          requiresArg: true,
          default: 1,
          describe: "Number of messages with this envelope",
        })
        .example("$0 send --to bob --data @sealed.bin --key @key.bin", "")
        .example("$0 send envelope.json --priority 8", "")
        .example("$0 send envelope.json --access-key @bobs-key", "Without saying who you are")
        .epilogue(
          "It does not encrypt: what you give it is what the router carries. It prints the ID of each message once the message is durable, and retries safely.",
        ),
    async ({ count, idempotencyKey, accessKey: accessKeyFile, timeout, ...options }) => {
      if (!Number.isInteger(count) || count < 1)
        throw new UsageError("--count must be a whole number of at least 1");
      if (count > 1 && idempotencyKey !== undefined) {
        throw new UsageError("--idempotency-key is for one message, not for --count");
      }
      const accessKey = await accessKeyOf(accessKeyFile, env);
      const client = await (accessKey === undefined
        ? httpClient(options, env)
        : anonymousClient(options, env));
      const envelope = await readEnvelope(options, terminal.stdin);
      const keys = {
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        ...(accessKey === undefined ? {} : { accessKey }),
      };
      const progress = new Progress(terminal, "sent", count);
      let left = count;
      const sendInTurn = async () => {
        while (left > 0) {
          left -= 1;
          const { id } = await client.send(envelope, { timeoutMs: timeout * 1000, ...keys });
          terminal.result(id, { id });
          progress.advance();
        }
      };
      try {
        await Promise.all(Array.from({ length: Math.min(count, IN_FLIGHT) }, sendInTurn));
      } finally {
        left = 0;
        progress.end();
      }
    },
  );
