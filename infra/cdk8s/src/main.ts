import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ENVIRONMENTS } from "./environments/index.ts";
import { synth } from "./synth.ts";

const DIST = join(import.meta.dirname, "../dist");
const IDS = ENVIRONMENTS.map(({ id }) => id);

const { values } = parseArgs({ options: { env: { type: "string", multiple: true } } });
const wanted = values.env ?? IDS;
const unknown = wanted.filter((id) => !IDS.includes(id));
if (unknown.length > 0) {
  process.stderr.write(`There is no environment ${unknown.join(", ")}; there are ${IDS.join(", ")}.\n`);
  process.exitCode = 1;
} else {
  const environments = ENVIRONMENTS.filter(({ id }) => wanted.includes(id));
  for (const path of environments.flatMap((environment) => synth(environment, DIST))) {
    process.stdout.write(`${relative(process.cwd(), path)}\n`);
  }
}
