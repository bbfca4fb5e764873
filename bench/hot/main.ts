import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { openEmulatorCanary } from "../load/emulator-canary.ts";
import { Recipients } from "../load/recipients.ts";
import { Sender } from "../load/sender.ts";
import { steadyTraffic } from "../load/steady-traffic.ts";
import { percentile } from "../runner/statistics.ts";
import { within } from "../runner/within.ts";
import type { BackgroundTraffic } from "./background-traffic.ts";
import { percentiles } from "./percentiles.ts";
import { watchStack } from "./stack-watch.ts";

const HELP = `npm run bench:hot [-- --hot 1000] [--senders 20] [--others 200] [--rate 50] [--seconds 20] [--limits]

Measures how long 200 recipients, who get 50 messages a second together, wait for their messages: alone, beside one who
gets 1,000 messages a second from 20 senders, beside 200 who get as many together, and alone again. The third shows what
the machine does to them without a hot spot. The limits of users are lifted, unless \`--limits\` keeps their defaults:
what senders offer the hot recipient beyond its limit is then refused.

Each phase shows when all messages of the stack were where, how late the event loops were, how long the emulators took
for calls of the bench's own, and the CPU seconds of each process. The one who is hot, or the 200, and their senders are
a process of their own, but the machine is shared: what it needs for them, the services do not have.
`;

const { values } = parseArgs({
  options: {
    hot: { type: "string", default: "1000" },
    senders: { type: "string", default: "20" },
    others: { type: "string", default: "200" },
    rate: { type: "string", default: "50" },
    seconds: { type: "string", default: "20" },
    limits: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Recipients that share what the hot one gets. */
const SPREAD = 200;

/** Far more than the messages of a phase take after its last send. */
const PATIENCE_MS = 10 * 60_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

if (values.help) say(HELP);
else await bench(Number(values.rate), Number(values.seconds));

async function bench(rate: number, seconds: number): Promise<void> {
  const stack = await startStack({ env: { ...(values.limits ? {} : NO_LIMITS), LOG_LEVEL: "warn" } });
  const endpoints: Endpoints = {
    api: stack.api[0]?.url as string,
    realtime: stack.realtime[0]?.url as string,
    issuer: stack.issuer.url,
  };
  const deadlineMs = seconds * 1_000 + PATIENCE_MS;
  let background: ChildProcess | undefined;
  try {
    const canary = await openEmulatorCanary(stack);
    const recipients = await Recipients.connect(uniqueName("other"), Number(values.others), [endpoints]);
    const sender = await Sender.create(new WireUser(uniqueName("sender"), endpoints));

    /** @returns how long the others waited for their messages */
    async function measure(name: string): Promise<readonly number[]> {
      const processes = new Map([["bench", process.pid]]);
      if (background?.pid) processes.set("background", background.pid);
      const figures = await watchStack(stack, processes);
      const [others, emulators] = await within(name, deadlineMs, () =>
        Promise.all([steadyTraffic([sender], recipients, rate, seconds), canary.measure(seconds)]),
      );
      say(
        `${name}: delivered to the others, p50/p99 ${percentiles(others.delivered)}; ${others.refused} refused`,
      );
      say(`  202 to their sender    ${percentiles(others.answered)}`);
      say(
        `  the emulators alone    publish to pull ${percentiles(emulators.pulled)}, commit ${percentiles(emulators.committed)}`,
      );
      const { stages, lagMs, cpuSeconds, machineSeconds, seconds: wall } = await figures();
      say(`  all messages           ${list(Object.entries(stages), String)}`);
      say(`  event loop late, p99   ${list(lagMs, (ms) => `${Math.round(ms)} ms`)}`);
      const used = [...cpuSeconds.values()].reduce((sum, each) => sum + each, 0);
      say(`  CPU seconds            ${list(cpuSeconds, (each) => each.toFixed(1))}`);
      say(
        `                         together ${used.toFixed(1)}, all of the machine ${machineSeconds.toFixed(1)} of ${(cpus().length * wall).toFixed(1)}`,
      );
      return others.delivered;
    }

    /** Runs `work` while so many recipients get the messages of the hot one. */
    async function beside<T>(count: number, work: () => Promise<T>): Promise<T> {
      const { hot, senders } = values;
      const traffic: BackgroundTraffic = {
        ...{ endpoints, rate: Number(hot), senders: Number(senders), recipients: count, seconds },
      };
      const child = fork(new URL("./background-traffic.ts", import.meta.url), [JSON.stringify(traffic)]);
      background = child;
      const name = `the background of ${count}`;
      const [result, [report]] = await within(name, 2 * deadlineMs, async () => {
        await once(child, "message");
        return await Promise.all([work(), once(child, "message")]);
      });
      say(`  the background         ${report}`);
      const ended = once(child, "exit");
      child.send("end");
      await ended;
      background = undefined;
      return result;
    }

    // Until the code of all processes is compiled, everything takes longer.
    say("warming up");
    await beside(SPREAD, () => steadyTraffic([sender], recipients, rate, seconds));
    const before = await measure("alone");
    const hot = await beside(1, () => measure("beside one"));
    const spread = await beside(SPREAD, () => measure(`beside ${SPREAD}`));
    const alone = [...before, ...(await measure("alone again"))];
    say("p99 and p50 of the others");
    say(`  hot : alone            ${ratios(hot, alone)}`);
    say(`  spread : alone         ${ratios(spread, alone)}`);
    say(`  hot : spread           ${ratios(hot, spread)}`);
    await recipients.disconnect();
    sender.close();
    await canary.close();
  } finally {
    background?.kill();
    await stack.stop();
  }
}

function ratios(some: readonly number[], others: readonly number[]): string {
  const ratio = (share: number) => (percentile(some, share) / percentile(others, share)).toFixed(2);
  return `${ratio(0.99)} and ${ratio(0.5)}`;
}

function list<T>(values: Iterable<readonly [string, T]>, text: (value: T) => string): string {
  return [...values].map(([name, value]) => `${name} ${text(value)}`).join(", ");
}
