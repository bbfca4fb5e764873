import { parseArgs } from "node:util";
import { isClean, runChaosOnStack } from "@dumbwaiter/dev-env/chaos/chaos-on-stack";
import type { ChaosReport } from "@dumbwaiter/dev-env/traffic/ledger";

const HELP = `npm run chaos -- [--messages 20000] [--users 200] [--rounds 5] [--seed N]

Starts the stack with two of each service, and sends messages. In each of --rounds rounds it kills an api, a processor,
a realtime node and redis-server with SIGKILL, in random order, and restarts each. Exits with code 1 unless every
message with a 202 arrives, and none waits for more than 30 s while no fault is in progress.
`;

function asCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} must be a positive integer`);
  return count;
}

function asLines(report: ChaosReport): string {
  const rows: [string, number | string][] = [
    ["sent (202)", report.sent],
    ["delivered", report.delivered],
    ["duplicates", report.duplicates],
    ["lost", report.lost],
    ["stuck over 30 s", report.stuck],
    ["wrong", report.wrong],
    ["never accepted", report.refused],
    ["slowest", `${(report.slowestMs / 1000).toFixed(1)} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)}${String(value).padStart(10)}\n`).join("");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "20000" },
      users: { type: "string", default: "200" },
      rounds: { type: "string", default: "5" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const seed = asCount("seed", values.seed);
  say(`Starting the stack; --seed ${seed} repeats these faults`);
  const report = await runChaosOnStack({
    messages: asCount("messages", values.messages),
    users: asCount("users", values.users),
    rounds: asCount("rounds", values.rounds),
    seed,
    say,
  });
  process.stdout.write(asLines(report));
  process.exitCode = isClean(report) ? 0 : 1;
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
