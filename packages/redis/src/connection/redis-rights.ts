import { channelPrefix } from "../delivery/delivery-channel.ts";
import { keyName } from "./key-name.ts";
import type { RedisCommands } from "./redis-commands.ts";

/** Redis refuses its user what we need. Its message names the ACL rules to add, and what Redis said. */
export class MissingRightsError extends Error {
  readonly rules: readonly string[];

  constructor(rules: readonly string[], cause: Error) {
    super(
      `The Redis user lacks permissions that Dumbwaiter needs; add "${rules.join(" ")}" to its ACL (${cause.message})`,
    );
    this.rules = rules;
  }
}

/** Uses each command with which no other check meets, on a key and a channel of ours that nobody else uses. */
export async function checkRights(commands: RedisCommands, keyPrefix: string): Promise<void> {
  const key = keyName(keyPrefix, "probe");
  await allOf([
    commands.run("spublish", probeChannel(keyPrefix, ""), ""),
    commands.run("set", key, "", "PX", 1),
    commands.run("get", key),
    commands.run("del", key),
    commands.run("hset", `${key}:hash`, "field", ""),
    commands.run("hgetall", `${key}:hash`),
    commands.run("hdel", `${key}:hash`, "field"),
    commands.run("client", "info"),
    // No connection has this address.
    commands.run("client", "kill", "id", 1, "addr", "0.0.0.0:0"),
    commands.run("time"),
    commands.run("eval", "return 1", 1, key),
    commands.run("evalsha", "0".repeat(40), 1, key).catch((error: Error) => {
      if (!error.message.startsWith("NOSCRIPT")) throw error;
    }),
    // While a slot moves. It concerns the next command alone, and only one that comes to the wrong node.
    ...(commands.isCluster ? [commands.run("asking")] : []),
  ]);
}

export function probeChannel(keyPrefix: string, name: string): string {
  return `${channelPrefix(keyPrefix)}#probe#${name}`;
}

/** Waits for all checks. @throws MissingRightsError for all rights that they miss, or else what the first one throws */
export async function requireAll(keyPrefix: string, checks: readonly Promise<unknown>[]): Promise<void> {
  try {
    await allOf(checks);
  } catch (error) {
    const errors = errorsIn(error);
    const refusal = errors.find(({ message }) => message.includes("NOPERM"));
    if (refusal === undefined) throw errors[0];
    throw new MissingRightsError(
      [...new Set(errors.flatMap(({ message }) => missingRules(message, keyPrefix)))],
      refusal,
    );
  }
}

/** Redis names the command, but not the key or channel. */
function missingRules(message: string, keyPrefix: string): string[] {
  if (!message.includes("NOPERM")) return [];
  const command = /'([^']+)' command/.exec(message)?.[1];
  if (command !== undefined) return [`+${command}`];
  return [message.includes("channel") ? `&${channelPrefix(keyPrefix)}*` : `~${keyName(keyPrefix, "*")}`];
}

async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (errors.length > 0) throw new AggregateError(errors);
}

function errorsIn(error: unknown): Error[] {
  return error instanceof AggregateError ? error.errors.flatMap(errorsIn) : [error as Error];
}
