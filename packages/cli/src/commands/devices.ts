import type { PushPlatform } from "@dumbwaiter/client";
import type { Argv } from "yargs";
import { httpClient, withApiOptions, withTimeoutOption } from "../connection.ts";
import type { AddCommand, Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { printable } from "../terminal.ts";

const PLATFORMS: readonly PushPlatform[] = ["ios", "android", "web"];

/** `devices list`, `devices register` and `devices remove`. */
export const addDevices: AddCommand = (program, context) =>
  program.command("devices", "List, register and remove the user's devices", (group) =>
    [addList, addRegister, addRemove]
      .reduce((all, add) => add(all, context), group)
      .demandCommand(1, "Name a command: list, register or remove")
      .strict(),
  );

function addList(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "list",
    "List the user's devices",
    (command) => withTimeoutOption(withApiOptions(command)),
    async ({ timeout, ...options }) => {
      const client = await httpClient(options, env);
      const devices = await client.devices.list({ timeoutMs: timeout * 1000 });
      for (const device of devices) {
        const { id, lastSeen, push } = device;
        const columns = [id.padEnd(16), lastSeen, push === undefined ? "no push" : `push ${push.platform}`];
        terminal.result(printable(columns.join("  ")), device);
      }
      if (devices.length === 0) terminal.note("No devices");
    },
  );
}

function addRegister(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "register <id>",
    "Register a device, which gets a queue of its own",
    (command) =>
      withTimeoutOption(withApiOptions(command))
        .positional("id", { type: "string", demandOption: true, describe: "ID of the device" })
        .option("push-platform", {
          choices: PLATFORMS,
          requiresArg: true,
          describe: "Where a notifier can wake the device",
        })
        .option("push-token", { type: "string", requiresArg: true, describe: "The platform's token for it" }),
    async ({ id, pushPlatform, pushToken, timeout, ...options }) => {
      if ((pushPlatform === undefined) !== (pushToken === undefined)) {
        throw new UsageError("--push-platform and --push-token go together");
      }
      const client = await httpClient(options, env);
      const push =
        pushPlatform === undefined || pushToken === undefined
          ? {}
          : { push: { platform: pushPlatform, token: pushToken } };
      const device = await client.devices.register(id, { ...push, timeoutMs: timeout * 1000 });
      terminal.result(`${id} registered`, device);
    },
  );
}

function addRemove(group: Argv, { terminal, env }: Context): Argv {
  return group.command(
    "remove <id>",
    "Remove a device with its queue, and close its connections",
    (command) =>
      withTimeoutOption(withApiOptions(command))
        .positional("id", { type: "string", demandOption: true, describe: "ID of the device" })
        .epilogue("What is queued for the device is deleted. Other devices keep their copies."),
    async ({ id, timeout, ...options }) => {
      const client = await httpClient(options, env);
      await client.devices.remove(id, { timeoutMs: timeout * 1000 });
      terminal.result(`${id} removed`, { removed: id });
    },
  );
}
