import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { type IdleSockets, idleSockets } from "../load/idle-sockets.ts";
import type { Found, Measure, Run } from "../runner/measure.ts";
import { startTreeStack, type TreeStack } from "../trees/start-tree-stack.ts";

const SOCKETS = 10_000;
/** Garbage comes and goes; the least of these readings is what the sockets hold. */
const READINGS = 7;
const PAUSE_SECONDS = 5;
/** The pings of realtime. */
const PING_INTERVAL_MS = 10_000;
const name = "idle-sockets";

/** Bytes by what holds them. */
type Memory = Readonly<Record<string, number>>;

interface Server {
  readonly pid: number;
  memory(): Promise<Memory> | Memory;
}

/** Sockets that receive nothing, on one new process, against the same on Socket.IO as it is. */
export const idle: Measure = {
  name,
  title: `${SOCKETS.toLocaleString("en")} idle sockets on one node; the floor is bare Socket.IO`,
  figures: [
    { name, unit: "KB for each" },
    { name: `${name}/redis`, unit: "KB for each, of Redis" },
    { name: `${name}/cpu`, unit: "CPU s per minute" },
    { name: `${name}/none`, unit: "MB without sockets" },
    { name: `${name}/half`, unit: "MB with half of them" },
    { name: `${name}/all`, unit: "MB with all" },
  ],
  rounds: 2,
  async open(tree, run) {
    const started = await startTreeStack(tree, run);
    const [endpoints] = started.endpoints as [Endpoints];
    const [node] = started.stack.realtime;
    return {
      async round() {
        // What closed sockets leave free would be used again.
        await node?.restart();
        const token = () => new WireUser(uniqueName("idle"), endpoints).token();
        const sockets = idleSockets(endpoints.realtime, "queue:empty", token);
        return measure(sockets, { pid: node?.pid as number, memory: () => memoryOf(started) }, run);
      },
      close: started.stop,
    };
  },
  openFloor: async (_, run) => ({
    async round() {
      const file = join(import.meta.dirname, "../floors/bare-socket-io.ts");
      const server = fork(file, [String(PING_INTERVAL_MS)]);
      const pid = server.pid as number;
      const [port] = await once(server, "message");
      const sockets = idleSockets(`http://127.0.0.1:${port}`, "connect", async () => "any");
      const found = await measure(sockets, { pid, memory: () => ({ resident: residentBytes(pid) }) }, run);
      const ended = once(server, "exit");
      server.disconnect();
      await ended;
      return found;
    },
    close: async () => {},
  }),
};

async function measure(sockets: IdleSockets, server: Server, run: Run): Promise<Found> {
  const half = run.scaled(SOCKETS / 2);
  const none = await settled(server);
  await sockets.open(half);
  const before = await settled(server);
  await sockets.open(half);
  const cpuBefore = cpuSeconds([server.pid]);
  const after = await settled(server);
  const cpu = cpuSeconds([server.pid]) - cpuBefore;
  sockets.close();
  const each = (part: string) =>
    ((after[part] ?? Number.NaN) - (none[part] ?? Number.NaN)) / (2 * half) / 1e3;
  const megabytes = ({ resident }: Memory) => (resident as number) / 1e6;
  return {
    [name]: each("resident"),
    ...(after.redis === undefined ? {} : { [`${name}/redis`]: each("redis") }),
    [`${name}/cpu`]: (cpu * 60) / (READINGS * PAUSE_SECONDS),
    [`${name}/none`]: megabytes(none),
    [`${name}/half`]: megabytes(before),
    [`${name}/all`]: megabytes(after),
  };
}

/** The least memory while nothing happens. */
async function settled(server: Server): Promise<Memory> {
  const least: Record<string, number> = {};
  for (let reading = 0; reading < READINGS; reading += 1) {
    await sleep(PAUSE_SECONDS * 1_000);
    for (const [part, bytes] of Object.entries(await server.memory())) {
      least[part] = Math.min(bytes, least[part] ?? bytes);
    }
  }
  return least;
}

async function memoryOf({ stack }: TreeStack): Promise<Memory> {
  const [node] = stack.realtime;
  const info = await withRedis(stack.redis.port, (client) => client.info("memory"));
  return {
    resident: residentBytes(node?.pid as number),
    redis: Number(/^used_memory:(\d+)/m.exec(info)?.[1]),
  };
}

function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
