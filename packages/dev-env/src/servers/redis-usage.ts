import { Redis } from "ioredis";
import type { Server } from "./server.ts";

export interface Usage {
  /** Calls of the command. */
  readonly calls: number;
  /** Reads from connections: one for a small pipeline. */
  readonly reads: number;
}

/** What some work used of each server. */
export async function usageDuring(
  work: () => Promise<unknown>,
  command: string,
  servers: readonly Server[],
): Promise<Usage[]> {
  const connections = servers.map(({ port }) => new Redis(port, "127.0.0.1"));
  const used = () => Promise.all(connections.map((redis) => usage(redis, command)));
  await used();
  const before = await used();
  await work();
  const after = await used();
  for (const redis of connections) redis.disconnect();
  return after.map(({ calls, reads }, index) => {
    const start = before[index] as Usage;
    // Without the read of the measurement itself.
    return { calls: calls - start.calls, reads: reads - start.reads - 1 };
  });
}

async function usage(redis: Redis, command: string): Promise<Usage> {
  const info = await redis.info("everything");
  return {
    calls: Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0),
    reads: Number(/total_reads_processed:(\d+)/.exec(info)?.[1]),
  };
}
