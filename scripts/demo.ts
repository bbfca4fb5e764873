import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import type { Endpoints } from "@dumbwaiter/wire-user";
import { tellDelivery, tellKill } from "@dumbwaiter/wire-user/story";

const HELP = `npm run demo [-- --stack] [--url http://127.0.0.1:$PORT]

Shows what happens to a message, step by step: queued, pulled and acknowledged; delivered live; and through a kill -9.
It uses the process that \`npm start\` started, or starts its own. --stack uses the services with Redis and Google's
emulators.
`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: "boolean", default: false },
      url: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(HELP);
  await (values.stack ? demoOnStack() : demoOnEmbedded(values.url));
}

/** @param given the URL of a process that must run, if any */
async function demoOnEmbedded(given: string | undefined): Promise<void> {
  const url = given ?? `http://127.0.0.1:${process.env.PORT ?? 8080}`;
  const running = await serves(url);
  if (given !== undefined && !running) throw new Error(`Dumbwaiter does not respond at ${given}`);
  if (running) {
    say(`Using the process at ${url}.\n`);
    await tellDelivery({ api: url, realtime: url, issuer: url }, say);
    say("\nThe next step kills a process, so the demo starts its own for it.");
  }
  const own = await startEmbedded();
  try {
    if (!running) {
      say(`Dumbwaiter is not running at ${url}; started a process at ${own.api} with its own data.\n`);
      await tellDelivery(own, say);
    }
    say("");
    await tellKill(own, say, async () => {
      const { pid } = own;
      await own.kill();
      const startedAt = performance.now();
      await own.restart();
      return `kill -9 ${pid}; started again in ${Math.round(performance.now() - startedAt)} ms`;
    });
  } finally {
    await own.stop();
  }
}

async function demoOnStack(): Promise<void> {
  execFileSync(process.execPath, [join(import.meta.dirname, "install/ensure-installed.mjs")], {
    stdio: "inherit",
  });
  say("Starting Redis, the emulators and the services…");
  const { startStack } = await import("@dumbwaiter/dev-env/stack/start-stack");
  const stack = await startStack({ realtime: 2 });
  try {
    const [api, realtime] = [stack.api[0], stack.realtime[0]];
    const processor = stack.processor[0];
    if (!api || !realtime || !processor) throw new Error("the stack started no service");
    for (const { name, url, pid } of stack.processes.values()) say(`  ${name.padEnd(12)} ${url}  pid ${pid}`);
    const endpoints: Endpoints = { api: api.url, realtime: realtime.url, issuer: stack.issuer.url };
    say("");
    await tellDelivery(endpoints, say);
    say("");
    await tellKill(endpoints, say, async () => {
      const { pid } = processor;
      await processor.kill();
      await processor.restart();
      return `kill -9 ${pid}, the processor; started again`;
    });
  } finally {
    await stack.stop();
  }
}

async function serves(url: string): Promise<boolean> {
  return fetch(`${url}/.well-known/jwks.json`).then(
    (response) => response.ok,
    () => false,
  );
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
