import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { redisServerPath, startRedisServer, withRedis } from "./redis.ts";
import { LOOPBACK, type Server, startServer } from "./server.ts";

export interface RedisWithSentinels {
  /** Of the Sentinels. */
  url: string;
  /** The first one is the master at first, the other its replica. */
  nodes: readonly [Server, Server];
  sentinels: readonly Server[];
  /** The node that the Sentinels call the master. */
  master(): Promise<Server>;
  /** Resolves when the Sentinels see this master, and its replica is in step. */
  untilMasterIs(node: Server): Promise<void>;
  stop(): Promise<void>;
}

const MASTER = "shop";
const SENTINELS = 3;
/** How long a silent master is waited for. */
const DOWN_AFTER_MS = 2_000;

/** A master, its replica, and three Sentinels, of which two decide on a failover. */
export async function startRedisWithSentinels(): Promise<RedisWithSentinels> {
  const started: Server[] = [];
  const keep = async (starting: Promise<Server>) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())));
  try {
    const first = await keep(startNode(1));
    const second = await keep(startNode(2, ["--replicaof", LOOPBACK, String(first.port)]));
    const sentinels = await Promise.all(
      Array.from({ length: SENTINELS }, (_, index) => keep(startSentinel(index + 1, first.port))),
    );
    const nodes = [first, second] as const;
    const addresses = sentinels.map(({ port }) => `${LOOPBACK}:${port}`);
    const all: RedisWithSentinels = {
      url: `redis+sentinel://${addresses.join(",")}/${MASTER}`,
      ...{ nodes, sentinels, stop },
      async master() {
        const port = await masterPort(sentinels[0] as Server);
        return nodes.find((node) => node.port === port) ?? first;
      },
      untilMasterIs: (node) => untilMasterIs(node, sentinels),
    };
    await all.untilMasterIs(first);
    return all;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNode(number: number, extra: string[] = []): Promise<Server> {
  return await startRedisServer(`redis-of-sentinels-${number}`, await freePort(), [
    // Otherwise a replica waits for others, so that they share a transfer.
    ...["--repl-diskless-sync-delay", "0", ...extra],
  ]);
}

async function startSentinel(number: number, masterPort: number): Promise<Server> {
  const port = await freePort();
  const command = await redisServerPath();
  return await startServer(port, `redis://${LOOPBACK}:${port}`, {
    name: `redis-sentinel-${number}`,
    command,
    args(directory) {
      const config = join(directory, "sentinel.conf");
      // A Sentinel keeps what it learns in this file.
      if (!existsSync(config)) writeFileSync(config, configOf(port, directory, masterPort));
      return [config, "--sentinel"];
    },
    probe: () => withRedis(port, async (redis) => void (await redis.ping())),
  });
}

function configOf(port: number, directory: string, masterPort: number): string {
  return [
    `port ${port}`,
    `bind ${LOOPBACK}`,
    `dir ${directory}`,
    `sentinel monitor ${MASTER} ${LOOPBACK} ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 10000`,
    "",
  ].join("\n");
}

async function masterPort({ port }: Server): Promise<number> {
  const address = await withRedis(port, (redis) => redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER));
  return Number((address as [string, string])[1]);
}

async function untilMasterIs(node: Server, sentinels: readonly Server[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const problem = await problemOf(node, sentinels).catch(String);
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new Error(`${node.name} is not the master: ${problem}`);
    await sleep(100);
  }
}

/** @returns what is not yet as it should be */
async function problemOf(node: Server, sentinels: readonly Server[]): Promise<string | undefined> {
  for (const { name, port } of sentinels) {
    const reply = await withRedis(port, (redis) => redis.call("SENTINEL", "MASTER", MASTER));
    const fields = Array.isArray(reply) ? pairs(reply) : new Map(Object.entries(reply as object));
    const { flags, ...seen } = Object.fromEntries(fields) as Record<string, string>;
    const sees = [flags, seen.port, seen["num-other-sentinels"], seen["num-slaves"]].map(String).join();
    const wanted = ["master", node.port, SENTINELS - 1, 1].join();
    if (sees !== wanted) return `${name} sees ${sees}, not ${wanted}`;
  }
  const replication = await withRedis(node.port, (redis) => redis.info("replication"));
  return /slave0:.*state=online/.test(replication) ? undefined : `no replica is in step:\n${replication}`;
}

function pairs(list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.flatMap((key, index) => (index % 2 ? [] : [[String(key), list[index + 1]] as const])));
}
