import { parseArgs } from "node:util";
import type { Attack } from "@dumbwaiter/dev-env/hostile/attack";
import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";
import { embeddedTarget, servicesTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { runTrial } from "@dumbwaiter/dev-env/hostile/trial";
import { cpuLine, damageOf, TABLE_HEAD, tableRow } from "@dumbwaiter/dev-env/hostile/verdict";

const HELP = `npm run attack -- [--target embedded|services] [--seconds 10] [PATTERN]

Runs the attacks whose names match the pattern, one after the other, beside a probe, and prints a table of what was
measured, the CPU time that each process took, and what each attack achieved. Exits with code 1 unless all are withstood.
All attacks on the services use the same emulators. The Firestore emulator slows down as it fills, so run at most 15 of them.
`;

const TARGETS = new Map([
  ["embedded", embeddedTarget],
  ["services", servicesTarget],
]);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      target: { type: "string", default: "embedded" },
      seconds: { type: "string", default: "10" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const startTarget = TARGETS.get(values.target);
  if (!startTarget) throw new Error("--target must be embedded or services");
  // Otherwise Google's clients look for a machine's credentials, and warn.
  process.env.METADATA_SERVER_DETECTION = "none";
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const target = await startTarget();

  async function tried(attack: Attack): Promise<string[]> {
    try {
      const figures = await runTrial(target, attack, Number(values.seconds) * 1000);
      print(tableRow(attack.name, figures));
      process.stderr.write(`CPU time: ${cpuLine(figures)}\n`);
      return damageOf(figures);
    } catch (error) {
      return [(error as Error).message]; // the target did not even serve what precedes the attack
    }
  }

  try {
    print(TABLE_HEAD);
    for (const attack of ATTACKS.filter(({ name }) => new RegExp(positionals[0] ?? "").test(name))) {
      const damage = await tried(attack);
      if (damage.length === 0) continue;
      process.exitCode = 1;
      process.stderr.write(`${attack.name}:\n${damage.map((line) => `  ${line}\n`).join("")}`);
      await target.restart();
    }
  } finally {
    await target.stop();
  }
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
