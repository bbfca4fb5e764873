import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import type { HotTraffic } from "./hot-traffic.ts";
import { Recipients } from "./recipients.ts";
import { Sender } from "./sender.ts";
import { percentile, percentiles, steadyTraffic } from "./steady-traffic.ts";

const HELP = `npm run bench:hot [-- --hot 1000] [--senders 20] [--others 200] [--rate 50] [--seconds 20]

Measures how long 200 recipients, who get 50 messages a second together, wait for their messages: alone, beside one who
gets 1,000 messages a second from 20 senders, and alone again. The limits of users are lifted. The hot recipient and its
senders are a process of their own, but the machine is shared: what it needs for them, the services do not have.
`;

const { values } = parseArgs({
  options: {
    hot: { type: "string", default: "1000" },
    senders: { type: "string", default: "20" },
    others: { type: "string", default: "200" },
    rate: { type: "string", default: "50" },
    seconds: { type: "string", default: "20" },
    help: { type: "boolean", default: false },
  },
});

const say = (line: string) => void process.stdout.write(`${line}\n`);

if (values.help) say(HELP);
else await bench(Number(values.rate), Number(values.seconds));

async function bench(rate: number, seconds: number): Promise<void> {
  const stack = await startStack({ env: { ...NO_LIMITS, LOG_LEVEL: "warn" } });
  const endpoints: Endpoints = {
    api: stack.api[0]?.url as string,
    realtime: stack.realtime[0]?.url as string,
    issuer: stack.issuer.url,
  };
  let hot: ChildProcess | undefined;
  try {
    const recipients = await Recipients.connect(uniqueName("other"), Number(values.others), [endpoints]);
    const senders = [await Sender.create(new WireUser(uniqueName("sender"), endpoints))];
    const measure = () => steadyTraffic(senders, recipients, rate, seconds);
    await steadyTraffic(senders, recipients, 4 * rate, 10);

    const before = await measure();
    say(`alone: delivered, p50/p99              ${percentiles(before.delivered)}`);
    const traffic: HotTraffic = {
      endpoints,
      rate: Number(values.hot),
      senders: Number(values.senders),
      seconds,
    };
    hot = fork(new URL("./hot-traffic.ts", import.meta.url), [JSON.stringify(traffic)]);
    await once(hot, "message");
    const [beside, [result]] = await Promise.all([measure(), once(hot, "message")]);
    say(`beside the hot one: delivered, p50/p99 ${percentiles(beside.delivered)}`);
    say(`the hot one: ${result}`);
    const after = await measure();
    say(`alone again: delivered, p50/p99        ${percentiles(after.delivered)}`);
    const alone = [...before.delivered, ...after.delivered];
    say(
      `p99 of the others, times               ${(percentile(beside.delivered, 0.99) / percentile(alone, 0.99)).toFixed(2)}`,
    );
    recipients.disconnect();
    for (const sender of senders) sender.close();
  } finally {
    hot?.kill();
    await stack.stop();
  }
}
