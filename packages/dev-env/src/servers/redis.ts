import { Redis } from "ioredis";
import { ensureProgram } from "../tools/ensure-program.ts";
import { freePort } from "./free-port.ts";
import { LOOPBACK, type OnDeath, type Server, startServer } from "./server.ts";

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

/** The path of redis-server, version 7 or later. @throws if it is missing and cannot be installed */
export function redisServerPath(): Promise<string> {
  return ensureProgram("redis-server", "macOS: brew install redis");
}
