import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import type { Stack } from "@dumbwaiter/dev-env/stack/start-stack";
import { type Endpoints, until, WireUser } from "@dumbwaiter/wire-user";
import { inFlight } from "./in-flight.ts";
import { measureFloor } from "./measure-floor.ts";
import { Recipients } from "./recipients.ts";
import { Sender } from "./sender.ts";
import { percentiles, steadyTraffic } from "./steady-traffic.ts";

interface MeasureSettings {
  readonly messages: number;
  readonly inFlight: number;
  /** Without it, only the cost of messages is measured. */
  readonly latencySeconds?: number;
}

const SENDERS = 8;
const RECIPIENTS = 64;
/** Until V8 has compiled the hot code, a message costs half as much again. */
const WARM_UP = 10_000;
const RATE_PER_SECOND = 200;
const QUEUED = 5000;

const DELIVERED = /^dumbwaiter_realtime_messages_delivered_total\{.*\} (\d+)$/gm;

type Say = (line: string) => void;

/** Measures a running stack, and reports line by line. */
export async function measureStack(stack: Stack, say: Say, settings: MeasureSettings): Promise<void> {
  const services = [...stack.api, ...stack.processor, ...stack.realtime];
  const pids = services.map(({ pid }) => pid);
  const endpoints: Endpoints[] = stack.realtime.map(({ url }, index) => ({
    api: stack.api[index % stack.api.length]?.url as string,
    realtime: url,
    issuer: stack.issuer.url,
  }));
  const senders = await Promise.all(
    Array.from({ length: SENDERS }, (_, index) =>
      Sender.create(new WireUser(uniqueName("sender"), endpoints[index % endpoints.length] as Endpoints)),
    ),
  );
  const recipients = await Recipients.connect(uniqueName("recipient"), RECIPIENTS, endpoints);
  const floor = await measureCost(stack, senders, recipients, say, settings);
  if (settings.latencySeconds !== undefined) {
    await measureLatency(senders, recipients, say, settings.latencySeconds);
  }
  await recipients.disconnect();
  if (settings.latencySeconds !== undefined) {
    await measureQueue(senders, endpoints[0] as Endpoints, pids, say, floor);
  }
  for (const sender of senders) sender.close();
}

/** @returns the floor, in CPU seconds per 10,000 requests */
async function measureCost(
  { api, processor, realtime }: Stack,
  senders: readonly Sender[],
  recipients: Recipients,
  say: Say,
  settings: MeasureSettings,
): Promise<number> {
  const { messages } = settings;
  const services = [...api, ...processor, ...realtime];
  const pids = services.map(({ pid }) => pid);
  const sendAndAck = async (index: number) => {
    const recipient = recipients.users[index % recipients.users.length] as WireUser;
    await recipients.acknowledged(await (senders[index % senders.length] as Sender).send(recipient));
  };
  const takeFloor = () => measureFloor({ ...settings, warmUp: WARM_UP, senders: SENDERS });

  const floorBefore = await takeFloor();
  await inFlight(settings.inFlight, WARM_UP, sendAndAck);
  const deliveredBefore = await deliveredBy(realtime);
  const clientsBefore = cpuSeconds([process.pid]);
  const before = pids.map((pid) => cpuSeconds([pid]));
  const startedAt = performance.now();
  await inFlight(settings.inFlight, messages, sendAndAck);
  const wall = (performance.now() - startedAt) / 1000;
  const used = pids.map((pid, index) => cpuSeconds([pid]) - (before[index] as number));
  const usedByClients = cpuSeconds([process.pid]) - clientsBefore;
  const delivered = (await deliveredBy(realtime)) - deliveredBefore;
  const floorAfter = await takeFloor();

  const floor = (floorBefore + floorAfter) / 2;
  const per10k = (cpu: number) => inFloors((cpu * 10_000) / messages, floor);
  say(`send → live → ack, ${messages} messages of 1.4 KB, ${settings.inFlight} in flight`);
  say(`  CPU seconds per 10,000   ${per10k(used.reduce((sum, cpu) => sum + cpu, 0))}`);
  for (const [index, { name }] of services.entries())
    say(`    ${name.padEnd(23)}${per10k(used[index] as number)}`);
  say(`    the bench's clients    ${per10k(usedByClients)}, not counted above`);
  say(`  the floor, before/after  ${floorBefore.toFixed(2)}/${floorAfter.toFixed(2)}`);
  say(`  messages per second      ${Math.round(messages / wall)}`);
  say(`  sent to a socket again   ${delivered - messages}`);
  return floor;
}

/** Messages that these nodes have sent to sockets. */
async function deliveredBy(realtime: Stack["realtime"]): Promise<number> {
  const texts = realtime.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text());
  const values = (await Promise.all(texts)).flatMap((text) => [...text.matchAll(DELIVERED)]);
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** CPU seconds, and as a multiple of what the floor takes for 10,000 requests. */
function inFloors(cpu: number, floor: number): string {
  return `${cpu.toFixed(2)} = ${(cpu / floor).toFixed(2)} floors`;
}

async function measureLatency(
  senders: readonly Sender[],
  recipients: Recipients,
  say: Say,
  seconds: number,
): Promise<void> {
  const { answered, delivered } = await steadyTraffic(senders, recipients, RATE_PER_SECOND, seconds);
  say(`${RATE_PER_SECOND} messages a second for ${seconds} s`);
  say(`  answered, p50/p99        ${percentiles(answered)}`);
  say(`  delivered, p50/p99       ${percentiles(delivered)}`);
}

async function measureQueue(
  senders: readonly Sender[],
  endpoints: Endpoints,
  pids: readonly number[],
  say: Say,
  floor: number,
): Promise<void> {
  const user = new WireUser(uniqueName("queued"), endpoints);
  // The user has no device yet, so the messages wait in the queue that the first device adopts.
  await inFlight(128, QUEUED, async (index) => {
    await (senders[index % senders.length] as Sender).send(user);
  });
  const before = cpuSeconds(pids);
  const startedAt = performance.now();
  const received: string[] = [];
  await until(
    async () => {
      const ids = (await user.pull(500)).messages.map(({ id }) => id);
      received.push(...ids);
      await user.ack(ids);
      return new Set(received).size;
    },
    (count) => count === QUEUED,
    120_000,
  );
  say(`pull and ack of ${QUEUED} over HTTP, 500 a pull`);
  say(`  seconds                  ${((performance.now() - startedAt) / 1000).toFixed(1)}`);
  say(`  CPU seconds              ${inFloors(cpuSeconds(pids) - before, floor)}`);
  say(`  duplicates received      ${received.length - new Set(received).size}`);
}
