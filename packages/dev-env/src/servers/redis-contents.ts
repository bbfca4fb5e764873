import { Redis } from "ioredis";
import { LOOPBACK } from "./server.ts";

export interface RedisContents {
  /** All commands with their arguments so far, those of scripts too. */
  commands(): readonly (readonly string[])[];
  /** All keys with their values. */
  stored(): Promise<readonly (readonly [key: string, value: string])[]>;
  close(): void;
}

/** Looks at all that clients of a Redis tell it, and at what it keeps. */
export async function watchRedis(url: string): Promise<RedisContents> {
  const redis = new Redis(Number(new URL(url).port), LOOPBACK);
  const monitor = await redis.monitor();
  const commands: string[][] = [];
  monitor.on("monitor", (_time: string, args: string[]) => commands.push(args));
  return {
    commands: () => commands,
    async stored() {
      const keys = await redis.keys("*");
      return await Promise.all(keys.map(async (key) => [key, await contentOf(redis, key)] as const));
    },
    close() {
      monitor.disconnect();
      redis.disconnect();
    },
  };
}

/** A key may expire meanwhile. */
async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  if (type === "string") return (await redis.get(key)) ?? "";
  if (type === "hash") return JSON.stringify(await redis.hgetall(key));
  if (type === "set") return JSON.stringify(await redis.smembers(key));
  if (type === "zset") return JSON.stringify(await redis.zrange(key, "0", "-1", "WITHSCORES"));
  if (type === "list") return JSON.stringify(await redis.lrange(key, 0, -1));
  if (type === "none") return "";
  throw new Error(`${key} has the type ${type}`);
}
