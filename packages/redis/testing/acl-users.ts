import { readFile } from "node:fs/promises";
import { type ServerAddress, uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import type { RedisSettings } from "../src/index.ts";

const guide = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
const [, rules = ""] = /^ACL SETUSER dumbwaiter (on .*)$/m.exec(guide) ?? [];

/** What the guide tells operators to give their user. */
export const GUIDE_RULES: readonly string[] = rules.split(" ");

/** Of Redis or a cluster. */
export interface RedisServers {
  readonly url: string;
  readonly nodes: readonly Pick<ServerAddress, "port">[];
}

/** A user of Redis with a prefix of its own. */
export interface AclUser {
  readonly settings: RedisSettings;
  /** Gives it these rules of the guide and no others. */
  allow(rules: readonly string[]): Promise<void>;
  /** A rule of the guide, with the user's prefix. */
  prefixed(rule: string): string;
  /** The commands, keys and channels that Redis refused it. */
  refusals(): Promise<string[]>;
}

/** Creates a user with the rights of the guide. */
export async function createAclUser({ url, nodes }: RedisServers): Promise<AclUser> {
  const name = uniqueName("acl");
  const prefixed = (rule: string) => rule.replace(/^[~&]/, `$&${name}:`);
  const onEveryNode = (...command: [string, ...string[]]) =>
    Promise.all(nodes.map(({ port }) => withRedis(port, (redis) => redis.call("ACL", ...command))));
  const allow = async (given: readonly string[]) =>
    void (await onEveryNode("SETUSER", name, "reset", ...given.map(prefixed)));
  await allow(GUIDE_RULES);
  return {
    settings: {
      url: url.replace("redis://", `redis://${name}:PASSWORD@`),
      keyPrefix: `${name}:`,
      checkIntervalMs: 500,
      limitsDeadlineMs: 30_000,
    },
    allow,
    prefixed,
    async refusals() {
      const entries = (await onEveryNode("LOG", "128")).flat() as string[][];
      return entries
        .filter((entry) => fieldOf(entry, "username") === name)
        .map((entry) => fieldOf(entry, "object"));
    },
  };
}

/** @param entry names and values in turn */
function fieldOf(entry: readonly string[], name: string): string {
  return entry[entry.indexOf(name) + 1] ?? "";
}
