import { z } from "zod";

/** Where Redis is and how to sign in, read from a URL. */
export interface RedisTarget {
  /** Of Redis; with {@link sentinel}, its Sentinels. */
  readonly nodes: readonly RedisNode[];
  /** Whether the nodes are the first contacts of a Redis Cluster. */
  readonly cluster: boolean;
  /** Whom to ask which Redis is the master. */
  readonly sentinel?: RedisSentinel;
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

/** What Sentinels call the master, and how to sign in to them. */
export interface RedisSentinel {
  readonly master: string;
  readonly username?: string;
  readonly password?: string;
}

const FORM =
  "must be redis://[user:password@]host[:port][/database], rediss: for TLS, a comma-separated list for a cluster, or " +
  "redis+sentinel://host[:port][,host…]/master[/database] for Sentinels";

const ENCODING = "must percent-encode user and password";

const PORTS = { redis: 6379, sentinel: 26_379 };

/** What may stand behind a URL of Sentinels. */
const SENTINEL_PARAMETERS = ["sentinel_username", "sentinel_password"];

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
 * With `redis+sentinel:` and `rediss+sentinel:`, the list is of Sentinels, and the master's name follows the last of
 * them. User and password are Redis's; those of the Sentinels, if they have some, are the parameters
 * `sentinel_username` and `sentinel_password`.
 *
 * @param ca certificates in PEM that sign the server's, in place of those that the system trusts
 * @throws TypeError that says what is wrong, without the password
 */
export function parseRedisUrl(text: string, ca?: string): RedisTarget {
  const target = read(text, ca);
  if (typeof target === "string") throw new TypeError(`The Redis URL ${target}`);
  return target;
}

/** Whether a token can take the place of the password that the URL does not have. */
export function takesToken(text: string): boolean {
  const { tls, sentinel, username, password } = parseRedisUrl(text);
  return tls !== undefined && sentinel === undefined && username === undefined && password === undefined;
}

/** @returns the target, or the rest of a sentence that says what is wrong */
function read(text: string, ca?: string): RedisTarget | string {
  const parts = text.split(",").map((part) => part.trim());
  const url = URL.parse(parts[0] ?? "");
  const [, secure, sentinel] = /^redis(s?)(\+sentinel)?:$/.exec(url?.protocol ?? "") ?? [];
  if (url === null || secure === undefined) return FORM;
  const place = sentinel ? sentinelsOf(parts, url) : serversOf(parts, url);
  if (typeof place === "string") return place;
  const [username, password] = [decoded(url.username), decoded(url.password)];
  return {
    ...place,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(secure ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
}

type Place = Pick<RedisTarget, "nodes" | "cluster" | "db" | "sentinel">;

function serversOf([, ...others]: readonly string[], url: URL): Place | string {
  const nodes: RedisNode[] = [];
  for (const part of [url, ...others.filter((other) => other !== "").map((other) => parseNode(other, url))]) {
    if (part === null || part.hostname === "" || part.search !== "" || part.hash !== "") return FORM;
    if (!/^(\/\d{0,3})?$/.test(part.pathname)) return FORM;
    if (part.protocol !== url.protocol) return "must use one scheme for all nodes of the cluster";
    if (others.length > 0 && databaseOf(part) !== 0) return "must name no database: a cluster has only one";
    if (!hasDecodableUser(part)) return ENCODING;
    nodes.push(nodeOf(part, PORTS.redis));
  }
  return { nodes, cluster: others.length > 0, db: databaseOf(url) };
}

function sentinelsOf([, ...others]: readonly string[], url: URL): Place | string {
  const all = [url, ...others.map((other) => parseNode(other, url))];
  const last = all.at(-1);
  const [, name, db = "0"] = /^\/([^/]+)(?:\/(\d{1,3}))?$/.exec(last?.pathname ?? "") ?? [];
  const master = decoded(name ?? "");
  if (!last || !master) return FORM;
  const nodes: RedisNode[] = [];
  for (const part of all) {
    if (part === null || part.hostname === "" || part.hash !== "") return FORM;
    if (part !== last && (part.pathname !== "" || part.search !== "")) return FORM;
    if (part !== url && part.username + part.password !== "") return FORM;
    if (!hasDecodableUser(part)) return ENCODING;
    nodes.push(nodeOf(part, PORTS.sentinel));
  }
  // As in the user and the password, a plus is a plus.
  const parameters = new URLSearchParams(last.search.replaceAll("+", "%2B"));
  if (decoded(last.search) === undefined) return ENCODING;
  if ([...parameters.keys()].some((key) => !SENTINEL_PARAMETERS.includes(key))) return FORM;
  const [username, password] = SENTINEL_PARAMETERS.map((key) => parameters.get(key));
  return {
    nodes,
    cluster: false,
    db: Number(db),
    sentinel: { master, ...(username ? { username } : {}), ...(password ? { password } : {}) },
  };
}

function parseNode(text: string, { protocol }: URL): URL | null {
  return URL.parse(text.includes("://") ? text : `${protocol}//${text}`);
}

function nodeOf({ hostname, port }: URL, defaultPort: number): RedisNode {
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || defaultPort) };
}

function databaseOf({ pathname }: URL): number {
  return Number(pathname.slice(1));
}

function hasDecodableUser({ username, password }: URL): boolean {
  return decoded(username) !== undefined && decoded(password) !== undefined;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
