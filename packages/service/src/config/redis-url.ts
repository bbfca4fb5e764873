import { z } from "zod";
import { splitList } from "./parsers.ts";

/** Where Redis is, and how to sign in to it. */
export interface RedisTarget {
  /** A list of seed nodes of a Redis Cluster; otherwise there is exactly one node. */
  readonly cluster: boolean;
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Always 0 in a cluster. */
  readonly database: number;
}

const DEFAULT_PORT = 6379;

/**
 * `redis://[user:password@]host[:port][/database]` or `rediss:` for TLS. A comma makes it a cluster, even one behind
 * the last URL of a single seed. All URLs of a cluster agree on scheme, user and password. No message shows the value.
 */
export const redisUrl = z.string().transform((raw, context): RedisTarget => {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof RedisUrlProblem)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});

class RedisUrlProblem extends Error {}

function parse(raw: string): RedisTarget {
  const cluster = raw.includes(",");
  const seeds = splitList(raw).map(parseSeed);
  const [first] = seeds;
  if (first === undefined) throw new RedisUrlProblem("must be a redis: or rediss: URL, or a list of them");
  for (const seed of seeds) {
    if (seed.tls !== first.tls || seed.username !== first.username || seed.password !== first.password) {
      throw new RedisUrlProblem("must use the same scheme, user and password for every node of the cluster");
    }
    if (cluster && seed.database !== 0) {
      throw new RedisUrlProblem("must name no database: a cluster has only one");
    }
  }
  const { tls, username, password, database } = first;
  const nodes = seeds.map(({ host, port }) => ({ host, port }));
  return { cluster, nodes, tls, username, password, database };
}

function parseSeed(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "") {
    throw new RedisUrlProblem(
      "must be a redis: or rediss: URL with a host, or a comma-separated list of them",
    );
  }
  const database = url.pathname.slice(1);
  if (!/^\d{0,3}$/.test(database) || url.search !== "" || url.hash !== "") {
    throw new RedisUrlProblem(
      "must hold nothing but scheme, user, password, host, port and a database's number",
    );
  }
  return {
    tls: url.protocol === "rediss:",
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database),
  };
}

function decoded(part: string): string | undefined {
  try {
    return part === "" ? undefined : decodeURIComponent(part);
  } catch {
    throw new RedisUrlProblem("must percent-encode user and password");
  }
}
