import { parseArgs } from "node:util";
import type { Server } from "@dumbwaiter/dev-env/servers";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { onStop } from "./on-stop.ts";

const HELP = `npm run stack -- [--api 1] [--processor 1] [--realtime 1] [--json]

Starts redis-server, Google's Pub/Sub and Firestore emulators, the development issuer, and the given number of each
service, on loopback. Ctrl-C stops them all. --json prints one line once all are ready. The services read their
settings from this process's environment.
`;

function asCount(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > 20)
    throw new Error(`--${option} must be 0 to 20, not ${text}`);
  return count;
}

function asJson(stack: Stack): string {
  const urls = (servers: { url: string }[]) => servers.map(({ url }) => url);
  return JSON.stringify({
    api: urls(stack.api),
    realtime: urls(stack.realtime),
    issuer: stack.issuer.url,
    redis: stack.redis.url,
    pubsub: stack.pubsub.url,
    firestore: stack.firestore.url,
    pids: Object.fromEntries([...stack.processes].map(([name, { pid }]) => [name, pid])),
  });
}

function usage({ api, realtime, issuer, pubsub, firestore, env }: Stack): string {
  return `All are ready. Ctrl-C stops them. In another terminal, for npx dumbwaiter and npm run provision:

  export GOOGLE_CLOUD_PROJECT=${env.GOOGLE_CLOUD_PROJECT} PUBSUB_EMULATOR_HOST=${pubsub.url}
  export FIRESTORE_EMULATOR_HOST=${firestore.url}
  export DUMBWAITER_URL=${api[0]?.url ?? ""} DUMBWAITER_REALTIME_URL=${realtime[0]?.url ?? ""}
  export DUMBWAITER_TOKEN=$(npx dumbwaiter token bob --url ${issuer.url})`;
}

function asLine({ name, url, pid }: Server): string {
  return `${name.padEnd(14)}${url.padEnd(28)}pid ${pid}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      api: { type: "string", default: "1" },
      processor: { type: "string", default: "1" },
      realtime: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const counts = {
    api: asCount("api", values.api),
    processor: asCount("processor", values.processor),
    realtime: asCount("realtime", values.realtime),
  };
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  let stack: Stack | undefined;
  async function stop(): Promise<void> {
    // What is still starting, or does not stop, is killed when this process ends.
    await stack?.stop();
    process.exit();
  }
  onStop(stop);
  say("Starting…");
  stack = await startStack({
    ...counts,
    onStart: (server) => !values.json && print(asLine(server)),
    onDeath(report) {
      process.exitCode = 1;
      say(report);
    },
  });
  print(values.json ? asJson(stack) : usage(stack));
  setInterval(() => {}, 2 ** 30); // child processes do not keep this process alive
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
