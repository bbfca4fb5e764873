import { parseArgs } from "node:util";
import { isClean, runChaosOnStack } from "@dumbwaiter/dev-env/chaos/chaos-on-stack";
import { SOME_FAULTS } from "@dumbwaiter/dev-env/google/google-faults";
import type { StackOptions } from "@dumbwaiter/dev-env/stack/start-stack";

const HELP = `npm run chaos -- [--messages 20000] [--users 200] [--devices 1] [--bytes 1000] [--rounds 5] [--seed N]
                     [--google emulators|stand-in]

Starts the stack with two of each service, each with the heap of its pod, and sends envelopes of up to --bytes bytes to
users with --devices devices each; a message counts once for each device. In each of --rounds rounds it kills an api, a
processor, a realtime node and redis-server with SIGKILL, in random order, and restarts each. Exits with code 1 unless
every message with a 202 arrives, none waits for more than 30 s while no fault is in progress, and no process exceeds
the memory of its pod. With --google stand-in, the services reach the emulators through a server that
checks what Google checks, and that refuses calls, loses answers and ends connections and streams.
`;

function asCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} must be a positive integer`);
  return count;
}

function asGoogle(google: string, seed: number): StackOptions {
  if (google === "stand-in") return { google, googleFaults: { ...SOME_FAULTS, seed } };
  if (google !== "emulators") throw new Error("--google must be emulators or stand-in");
  return {};
}

function asLines(report: Awaited<ReturnType<typeof runChaosOnStack>>): string {
  const rows: [string, number | string][] = [
    ["sent (202)", report.sent],
    ["delivered", report.delivered],
    ["duplicates", report.duplicates],
    ["lost", report.lost],
    ["stuck over 30 s", report.stuck],
    ["wrong", report.wrong],
    ["never accepted", report.refused],
    ["slowest", `${(report.slowestMs / 1000).toFixed(1)} s`],
    ...report.memory.map(({ service, peakMib, podMib }): [string, string] => [
      `${service}, RSS`,
      `${peakMib} of ${podMib} MiB`,
    ]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)}${String(value).padStart(10)}\n`).join("");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "20000" },
      users: { type: "string", default: "200" },
      devices: { type: "string", default: "1" },
      bytes: { type: "string", default: "1000" },
      rounds: { type: "string", default: "5" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      google: { type: "string", default: "emulators" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const seed = asCount("seed", values.seed);
  say(`Starting the stack; --seed ${seed} repeats these faults`);
  const load = {
    messages: asCount("messages", values.messages),
    users: asCount("users", values.users),
    devices: asCount("devices", values.devices),
    maxBytes: asCount("bytes", values.bytes),
    rounds: asCount("rounds", values.rounds),
    ...{ seed, say },
  };
  const report = await runChaosOnStack(load, asGoogle(values.google, seed));
  process.stdout.write(asLines(report));
  process.exitCode = isClean(report) ? 0 : 1;
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
