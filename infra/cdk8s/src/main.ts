import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { chartFiles } from "./chart/chart-files.ts";
import { ENVIRONMENTS } from "./environments/index.ts";
import { synth, writeChanged } from "./synth.ts";

const DIST = join(import.meta.dirname, "../dist");
const CHART = join(import.meta.dirname, "../../../charts/dumbwaiter-operator");
const IDS = ENVIRONMENTS.map(({ id }) => id);

const { values } = parseArgs({ options: { env: { type: "string", multiple: true } } });
const wanted = values.env ?? IDS;
const unknown = wanted.filter((id) => !IDS.includes(id));
if (unknown.length > 0) {
  process.stderr.write(`There is no environment ${unknown.join(", ")}; there are ${IDS.join(", ")}.\n`);
  process.exitCode = 1;
} else {
  const environments = ENVIRONMENTS.filter(({ id }) => wanted.includes(id));
  const changed = [
    ...environments.flatMap((environment) => synth(environment, DIST)),
    ...[...chartFiles()].flatMap(([name, text]) => writeChanged(join(CHART, name), text)),
  ];
  for (const path of changed) {
    process.stdout.write(`${relative(process.cwd(), path)}\n`);
  }
}
