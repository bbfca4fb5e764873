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

/** Tells nodes apart. */
export function nodeKey({ host, port }: RedisNode): string {
  return `${host}:${port}`;
}

/**
 * Reads `redis:` and `rediss:` URLs with user, password and database in them. A list separated by commas is a
 * cluster, of which a few nodes are enough: a single address followed by a comma is a cluster as well. The first
 * URL names the scheme, user and password for all; the others may be bare `host:port`.
 *
 * @param ca certificates in PEM that sign the server's, in place of those that the system trusts
 * @throws TypeError that says what is wrong, without the password
 */
export function parseRedisUrl(text: string, ca?: string): RedisTarget {
  const [first, ...others] = text.split(",").map((part) => part.trim());
  const url = parse(first ?? "");
  const nodes = [url, ...others.filter((part) => part !== "").map((part) => parse(part, url.protocol))];
  if (nodes.some(({ protocol }) => protocol !== url.protocol)) {
    throw new TypeError("The URLs of a Redis Cluster must all be redis: or all rediss:");
  }
  const db = url.pathname.replace(/^\//, "") || "0";
  if (!/^\d{1,4}$/.test(db)) throw new TypeError("A Redis URL's path must be the number of a database");
  return {
    nodes: nodes.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port || 6379),
    })),
    cluster: others.length > 0,
    db: Number(db),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === "rediss:" ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
}

function parse(text: string, inherited?: string): URL {
  const url = URL.parse(inherited !== undefined && !text.includes("://") ? `${inherited}//${text}` : text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw new TypeError("A Redis URL must look like redis://host:6379 or rediss://user:password@host:6379");
  }
  return url;
}
