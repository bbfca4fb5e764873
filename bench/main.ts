import { parseArgs } from "node:util";
import { uniqueName } from "../tests/servers/index.ts";
import { type Stack, startStack } from "../tests/stack/start-stack.ts";
import { type Endpoints, until, WireUser } from "../tests/wire/wire-user.ts";
import { cpuSeconds } from "./cpu-time.ts";
import { percentiles } from "./percentiles.ts";
import { Recipients } from "./recipients.ts";
import { Sender } from "./sender.ts";

const HELP = `npm run bench [-- --messages 20000] [--in-flight 1024] [--seconds 15]

Measures the services on the stack (one of each, with Redis and Google's emulators): CPU seconds of all service
processes per 10,000 messages from send to acknowledgement, the latency at 200 messages a second, and the drain of a
queue of 5,000 over HTTP. Quote ratios of one run and CPU seconds: wall times depend on the machine.
`;

const SENDERS = 8;
const RECIPIENTS = 64;
const WARM_UP = 2000;
const RATE_PER_SECOND = 200;
const DRAINED = 5000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    "in-flight": { type: "string", default: "1024" },
    seconds: { type: "string", default: "15" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) say(HELP);
else await bench(Number(values.messages), Number(values["in-flight"]), Number(values.seconds));

async function bench(messages: number, inFlight: number, seconds: number): Promise<void> {
  const noLimit = String(2 ** 40);
  const stack = await startStack({
    env: {
      SEND_RATE_PER_SECOND: "1000000",
      SEND_BURST: "1000000",
      SENDER_BYTES_PER_HOUR: noLimit,
      RECIPIENT_BYTES_PER_HOUR: noLimit,
      LOG_LEVEL: "warn",
    },
  });
  try {
    await measure(stack, messages, inFlight, seconds);
  } finally {
    await stack.stop();
  }
}

async function measure(stack: Stack, messages: number, inFlight: number, seconds: number): Promise<void> {
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
  await sendAndAck(senders, recipients, WARM_UP, inFlight);

  const before = pids.map((pid) => cpuSeconds([pid]));
  const startedAt = performance.now();
  await sendAndAck(senders, recipients, messages, inFlight);
  const wall = (performance.now() - startedAt) / 1000;
  const used = pids.map((pid, index) => cpuSeconds([pid]) - (before[index] as number));
  const per10k = (cpu: number) => ((cpu * 10_000) / messages).toFixed(2);
  say(`send → live → ack, ${messages} messages of 1.4 KB, ${inFlight} in flight`);
  say(`  CPU seconds per 10,000   ${per10k(used.reduce((sum, cpu) => sum + cpu, 0))}`);
  for (const [index, { name }] of services.entries())
    say(`    ${name.padEnd(23)}${per10k(used[index] as number)}`);
  say(`  messages per second      ${Math.round(messages / wall)}`);
  say(`  duplicates received      ${recipients.duplicates}`);

  await measureLatency(senders, recipients, seconds);
  recipients.disconnect();
  await measureDrain(senders, endpoints[0] as Endpoints, pids);
  for (const sender of senders) sender.close();
}

async function sendAndAck(
  senders: readonly Sender[],
  recipients: Recipients,
  messages: number,
  inFlight: number,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < messages; index = next++) {
      const recipient = recipients.users[index % recipients.users.length] as WireUser;
      await recipients.acknowledged(await (senders[index % senders.length] as Sender).send(recipient));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** Sends at a steady rate, whether answers come or not, as senders who do not know each other would. */
async function measureLatency(
  senders: readonly Sender[],
  recipients: Recipients,
  seconds: number,
): Promise<void> {
  const answeredMs: number[] = [];
  const deliveredMs: number[] = [];
  const sends: Promise<void>[] = [];
  const sendOne = async (index: number) => {
    const startedAt = performance.now();
    const id = await (senders[index % senders.length] as Sender).send(
      recipients.users[index % recipients.users.length] as WireUser,
    );
    answeredMs.push(performance.now() - startedAt);
    await recipients.acknowledged(id);
    deliveredMs.push((recipients.receivedAt.get(id) as number) - startedAt);
  };
  const count = RATE_PER_SECOND * seconds;
  const startedAt = performance.now();
  while (sends.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * RATE_PER_SECOND));
    while (sends.length < due) sends.push(sendOne(sends.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
  say(`${RATE_PER_SECOND} messages a second for ${seconds} s`);
  say(`  answered, p50/p99        ${percentiles(answeredMs)}`);
  say(`  delivered, p50/p99       ${percentiles(deliveredMs)}`);
}

async function measureDrain(
  senders: readonly Sender[],
  endpoints: Endpoints,
  pids: readonly number[],
): Promise<void> {
  const user = new WireUser(uniqueName("drained"), endpoints);
  // The user has no device yet, so all of it waits in the queue that the first device adopts.
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < DRAINED; index = next++) {
      await (senders[index % senders.length] as Sender).send(user);
    }
  };
  await Promise.all(Array.from({ length: 128 }, worker));
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
    (count) => count === DRAINED,
    120_000,
  );
  say(`drain of ${DRAINED} by HTTP, 500 a pull`);
  say(`  seconds                  ${((performance.now() - startedAt) / 1000).toFixed(1)}`);
  say(`  CPU seconds              ${(cpuSeconds(pids) - before).toFixed(2)}`);
  say(`  duplicates received      ${received.length - new Set(received).size}`);
}
