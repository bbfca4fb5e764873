import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { findCommand } from "../tools/find-command.ts";
import { freePort } from "./free-port.ts";
import { LOOPBACK, type OnDeath, type Server, startServer } from "./server.ts";

const run = promisify(execFile);

/** One redis-server without persistence. */
export async function startRedis(onDeath?: OnDeath): Promise<Server> {
  return await startRedisServer("redis", await freePort(), [], onDeath);
}

/** For `startRedisCluster`, which needs more arguments; `extra` are redis-server's. */
export async function startRedisServer(
  name: string,
  port: number,
  extra: string[],
  onDeath?: OnDeath,
): Promise<Server> {
  const command = await redisServerPath();
  return await startServer(port, `redis://${LOOPBACK}:${port}`, {
    name,
    command,
    args: (directory) => [
      ...["--bind", LOOPBACK, "--port", String(port), "--dir", directory],
      ...["--save", "", "--appendonly", "no", ...extra],
    ],
    probe: () => withRedis(port, async (redis) => void (await redis.ping())),
    onDeath,
  });
}

/** Runs `work` on a connection of its own. Fails immediately if there is no server. */
export async function withRedis<T>(port: number, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, LOOPBACK, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 10_000,
    commandTimeout: 10_000,
    disconnectTimeout: 100, // a refused connection leaves this timer behind
  });
  redis.on("error", () => {}); // `connect` rejects with it too
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const INSTALL = "apt-get update && apt-get install -y redis-server";

/** The path of redis-server; installs it as root. @throws if it is missing */
export async function redisServerPath(): Promise<string> {
  const found = findCommand("redis-server");
  if (found) return found;
  if (process.getuid?.() === 0 && findCommand("apt-get")) {
    process.stderr.write(`redis-server is missing. Installing it (${INSTALL})…\n`);
    // RUNLEVEL=1: the package starts no server of its own.
    await run("sh", ["-c", INSTALL], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    });
    const installed = findCommand("redis-server");
    if (installed) return installed;
  }
  throw new Error(
    `redis-server 7 is required. Install it: sudo sh -c '${INSTALL}' (macOS: brew install redis)`,
  );
}
