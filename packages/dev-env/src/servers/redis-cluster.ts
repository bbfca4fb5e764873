import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { startRedisServer, withRedis } from "./redis.ts";
import { LOOPBACK, type Server } from "./server.ts";

export interface RedisCluster {
  /** The nodes' URLs, separated by commas. */
  url: string;
  nodes: Server[];
  /** Resolves when every node sees the whole cluster, some seconds after a node restarted. */
  untilReady(): Promise<void>;
  stop(): Promise<void>;
}

const NODES = 3;
const SLOTS = 16_384;

/** Three primaries that share the slots evenly, without replicas; ready when every node reports it. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const busPorts = new Map<number, number>();
  const starting = Array.from({ length: NODES }, async (_, index) => {
    const [port, busPort] = [await freePort(), await freePort()];
    busPorts.set(port, busPort);
    return await startRedisServer(`redis-cluster-${index + 1}`, port, [
      ...["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"],
      ...["--cluster-port", String(busPort), "--cluster-node-timeout", "2000"],
    ]);
  });
  const results = await Promise.allSettled(starting);
  const nodes = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const untilReady = async () => void (await Promise.all(nodes.map(untilClusterIsOk)));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    await Promise.all(starting);
    await assignSlots(nodes, busPorts);
    await untilReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: nodes.map((node) => node.url).join(","), nodes, untilReady, stop };
}

async function assignSlots(nodes: Server[], busPorts: Map<number, number>): Promise<void> {
  const share = Math.ceil(SLOTS / nodes.length);
  for (const [index, { port }] of nodes.entries()) {
    await withRedis(port, async (redis) => {
      const last = Math.min((index + 1) * share, SLOTS) - 1;
      await redis.call("CLUSTER", "ADDSLOTSRANGE", index * share, last);
      // Distinct epochs, so that the nodes need not resolve a conflict first.
      await redis.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    });
  }
  const [first, ...others] = nodes as [Server, ...Server[]];
  await withRedis(first.port, async (redis) => {
    for (const { port } of others) {
      await redis.call("CLUSTER", "MEET", LOOPBACK, port, busPorts.get(port) as number);
    }
  });
}

async function untilClusterIsOk({ name, port }: Server): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const info = await withRedis(port, async (redis) => String(await redis.call("CLUSTER", "INFO")));
    if (info.includes("cluster_state:ok") && info.includes(`cluster_size:${NODES}`)) return;
    if (Date.now() > deadline) throw new Error(`${name} did not join its cluster:\n${info}`);
    await sleep(50);
  }
}
