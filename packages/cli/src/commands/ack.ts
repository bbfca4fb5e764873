import { text } from "node:stream/consumers";
import { httpClient, withApiOptions, withTimeoutOption } from "../connection.ts";
import type { AddCommand } from "../context.ts";
import { UsageError } from "../errors.ts";

/** `ack [ids..]`. */
export const addAck: AddCommand = (program, { terminal, env }) =>
  program.command(
    "ack [ids..]",
    "Acknowledge messages: the router deletes them from the device's queue",
    (command) =>
      withTimeoutOption(withApiOptions(command))
        .positional("ids", {
          type: "string",
          array: true,
          describe: "Message IDs; without any, the first word of each line of stdin",
        })
        .example("$0 ack 019a1b2c-3d4e-7f00-8a00-000000000000", ""),
    async ({ ids: named = [], timeout, ...options }) => {
      const client = await httpClient(options, env);
      const ids = named.length > 0 ? named : await idsOf(terminal.stdin);
      await client.ack(ids, { timeoutMs: timeout * 1000 });
      terminal.result(`${ids.length} acknowledged`, { acknowledged: ids.length });
    },
  );

async function idsOf(stdin: NodeJS.ReadStream): Promise<string[]> {
  if (stdin.isTTY) throw new UsageError("Name message IDs, or pipe them in");
  return (await text(stdin)).split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
}
