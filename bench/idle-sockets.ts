import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Client } from "@dumbwaiter/client";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { untilLive, WireUser } from "@dumbwaiter/wire-user";

const HELP = `npm run bench:sockets [-- --sockets 10000]

Opens idle sockets, each for a user of its own, on one realtime process of the stack, and prints the memory that each
of the second half costs, so that what the process needs at its start does not count.
`;

const AT_ONCE = 64;
/** Garbage comes and goes; the minimum of these readings is what the sockets hold. */
const READINGS = 7;
const PAUSE_MS = 8_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Memory {
  readonly resident: number;
  readonly heap: number;
  readonly redis: number;
}

const { values } = parseArgs({
  options: { sockets: { type: "string", default: "10000" }, help: { type: "boolean", default: false } },
});
if (values.help) say(HELP);
else await bench(Number(values.sockets));

async function bench(sockets: number): Promise<void> {
  const stack = await startStack({ env: { LOG_LEVEL: "warn" } });
  const open: Client[] = [];
  try {
    const half = Math.ceil(sockets / 2);
    await openUpTo(open, half, stack);
    const before = await leastMemory(stack);
    await openUpTo(open, sockets, stack);
    const after = await leastMemory(stack);
    const each = (part: keyof Memory) => Math.round((after[part] - before[part]) / (sockets - half));
    say(`${sockets} idle sockets on one process; bytes for each of the last ${sockets - half}`);
    say(`  resident memory          ${each("resident")} (${mebibytes(after.resident)} in all)`);
    say(`  JavaScript heap          ${each("heap")} (${mebibytes(after.heap)} in all)`);
    say(`  Redis, a subscription    ${each("redis")} (${mebibytes(after.redis)} in all)`);
  } finally {
    await Promise.all(open.map((client) => client.close()));
    await stack.stop();
  }
}

async function openUpTo(open: Client[], count: number, stack: Stack): Promise<void> {
  const [api, realtime] = [stack.api[0], stack.realtime[0]];
  if (!api || !realtime) throw new Error("the stack started no service");
  const endpoints = { api: api.url, realtime: realtime.url, issuer: stack.issuer.url };
  let next = open.length;
  const worker = async () => {
    while (next < count) {
      next += 1;
      const client = new WireUser(uniqueName("idle"), endpoints).connect();
      open.push(client);
      await untilLive(client);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function leastMemory(stack: Stack): Promise<Memory> {
  let least: Memory | undefined;
  for (let reading = 0; reading < READINGS; reading += 1) {
    await sleep(PAUSE_MS);
    const now = await memory(stack);
    least = {
      resident: Math.min(now.resident, least?.resident ?? now.resident),
      heap: Math.min(now.heap, least?.heap ?? now.heap),
      redis: Math.min(now.redis, least?.redis ?? now.redis),
    };
  }
  return least as Memory;
}

async function memory({ realtime, redis }: Stack): Promise<Memory> {
  const metrics = await (await fetch(`${realtime[0]?.adminUrl}/metrics`)).text();
  const info = await withRedis(redis.port, (client) => client.info("memory"));
  return {
    resident: firstNumber(metrics, /^dumbwaiter_process_resident_memory_bytes\S* (\d+)/m),
    heap: firstNumber(metrics, /^dumbwaiter_nodejs_heap_size_used_bytes\S* (\d+)/m),
    redis: firstNumber(info, /^used_memory:(\d+)/m),
  };
}

function firstNumber(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing matches ${pattern}`);
  return Number(found);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
