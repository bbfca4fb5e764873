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
  return (await infosAround(work, servers)).map(([before, after]) => ({
    calls: (commandsIn(after)[command] ?? 0) - (commandsIn(before)[command] ?? 0),
    // Without the measurement itself.
    reads: readsIn(after) - readsIn(before) - 1,
  }));
}

/** How often some work made a server run each command, by its name in lower case, and read from connections. */
export async function commandsDuring(
  work: () => Promise<unknown>,
  server: Server,
): Promise<{ readonly commands: Readonly<Record<string, number>>; readonly reads: number }> {
  const [[before, after]] = (await infosAround(work, [server])) as [[string, string]];
  const earlier = commandsIn(before);
  // Without the measurement itself.
  const { info: _info, ...later } = commandsIn(after);
  const used = Object.entries(later).map(([name, calls]) => [name, calls - (earlier[name] ?? 0)]);
  return { commands: Object.fromEntries(used), reads: readsIn(after) - readsIn(before) - 1 };
}

/** What INFO says of each server before and after. */
async function infosAround(work: () => Promise<unknown>, servers: readonly Server[]) {
  const connections = servers.map(({ port }) => new Redis(port, "127.0.0.1"));
  const infos = () => Promise.all(connections.map((redis) => redis.info("everything")));
  await infos();
  const before = await infos();
  await work();
  const after = await infos();
  for (const redis of connections) redis.disconnect();
  return after.map((info, index) => [before[index] as string, info] as const);
}

function commandsIn(info: string): Record<string, number> {
  const matches = [...info.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)];
  return Object.fromEntries(matches.map(([, name, calls]) => [name, Number(calls)]));
}

function readsIn(info: string): number {
  return Number(/total_reads_processed:(\d+)/.exec(info)?.[1]);
}
