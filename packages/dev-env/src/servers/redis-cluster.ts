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

/** Files in PEM. */
interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The ports of a node besides that for clients. */
interface NodePorts {
  readonly bus: number;
  readonly tls: number | undefined;
}

/**
 * Three primaries that share the slots evenly, without replicas; ready when every node reports it.
 *
 * @param tls for clients and between nodes; the nodes' own ports remain, without
 * @param extra arguments of redis-server
 */
export async function startRedisCluster(tls?: TlsFiles, extra: string[] = []): Promise<RedisCluster> {
  const ports = new Map<number, NodePorts>();
  const starting = Array.from({ length: NODES }, async (_, index) => {
    const port = await freePort();
    const own = { bus: await freePort(), tls: tls && (await freePort()) };
    ports.set(port, own);
    return await startRedisServer(`redis-cluster-${index + 1}`, port, [
      ...["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"],
      ...["--cluster-port", String(own.bus), "--cluster-node-timeout", "2000"],
      ...(tls ? ["--tls-port", String(own.tls), "--tls-cluster", "yes", "--tls-auth-clients", "no"] : []),
      ...(tls ? ["--tls-ca-cert-file", tls.ca, "--tls-cert-file", tls.certificate] : []),
      ...(tls ? ["--tls-key-file", tls.key] : []),
      ...extra,
    ]);
  });
  const results = await Promise.allSettled(starting);
  const nodes = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const untilReady = async () => void (await Promise.all(nodes.map(untilClusterIsOk)));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    await Promise.all(starting);
    await assignSlots(nodes, ports);
    await untilReady();
  } catch (error) {
    await stop();
    throw error;
  }
  const urlOf = ({ port, url }: Server) => (tls ? `rediss://${LOOPBACK}:${ports.get(port)?.tls}` : url);
  return { url: nodes.map(urlOf).join(","), nodes, untilReady, stop };
}

async function assignSlots(nodes: Server[], ports: Map<number, NodePorts>): Promise<void> {
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
      const { bus, tls } = ports.get(port) as NodePorts;
      await redis.call("CLUSTER", "MEET", LOOPBACK, tls ?? port, bus);
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
