import { z } from "zod";

/** Where Redis is and how to sign in, read from a URL. */
export interface RedisTarget {
  readonly nodes: readonly RedisNode[];
  /** Whether the nodes are the first contacts of a Redis Cluster. */
  readonly cluster: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The database's number; a cluster has only 0. */
  readonly db: number;
  /** Absent for plain TCP. */
  readonly tls?: { readonly ca?: string };
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const FORM =
  "must be redis://[user:password@]host[:port][/database], rediss: for TLS, or a comma-separated list";

/** Validates Redis's URL, and leaves it as text. No message shows the value, which may hold a password. */
export const redisUrl = z.string().transform((raw, context) => {
  const target = read(raw);
  if (typeof target === "string") {
    context.addIssue(target);
    return z.NEVER;
  }
  return raw.trim();
});

/**
 * Parses `redis:` and `rediss:` URLs with user, password and database in them. A comma-separated list is a cluster,
 * of which a few nodes are enough: a single address followed by a comma is a cluster as well. The first URL names
 * the scheme, user and password for all; the others may be bare `host:port`.
 *
 * @param ca certificates in PEM that sign the server's, in place of those that the system trusts
 * @throws TypeError that says what is wrong, without the password
 */
export function parseRedisUrl(text: string, ca?: string): RedisTarget {
  const target = read(text, ca);
  if (typeof target === "string") throw new TypeError(`The Redis URL ${target}`);
  return target;
}

/** @returns the target, or the rest of a sentence that says what is wrong */
function read(text: string, ca?: string): RedisTarget | string {
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  const url = URL.parse(first);
  if (url === null || !/^rediss?:$/.test(url.protocol)) return FORM;
  const nodes: RedisNode[] = [];
  for (const part of [url, ...others.filter((other) => other !== "").map((other) => parseNode(other, url))]) {
    if (part === null || part.hostname === "" || part.search !== "" || part.hash !== "") return FORM;
    if (!/^(\/\d{0,3})?$/.test(part.pathname)) return FORM;
    if (part.protocol !== url.protocol) return "must use one scheme for all nodes of the cluster";
    if (others.length > 0 && databaseOf(part) !== 0) return "must name no database: a cluster has only one";
    if (decoded(part.username) === undefined || decoded(part.password) === undefined)
      return "must percent-encode user and password";
    nodes.push({ host: part.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(part.port || 6379) });
  }
  const [username, password] = [decoded(url.username), decoded(url.password)];
  return {
    nodes,
    cluster: others.length > 0,
    db: databaseOf(url),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(url.protocol === "rediss:" ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
}

function parseNode(text: string, { protocol }: URL): URL | null {
  return URL.parse(text.includes("://") ? text : `${protocol}//${text}`);
}

function databaseOf({ pathname }: URL): number {
  return Number(pathname.slice(1));
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
