import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ENVIRONMENTS } from "../environments/index.ts";
import { FIRESTORE_INDEXES, firestoreIndexesJson } from "./cloud/firestore-indexes.ts";
import { chartFiles } from "./helm-chart/chart-files.ts";
import { synth, writeChanged } from "./synth.ts";

const HELP = `npm run synth [-- --env ID…]

Writes the manifests of the environments in infra/cdk8s/environments to infra/cdk8s/dist, the operator's Helm chart
and firestore.indexes.json, and prints the files that changed.

  --env ID   only this environment; can be repeated
`;

const DIST = join(import.meta.dirname, "../dist");
const CHART = join(import.meta.dirname, "../../../charts/dumbwaiter-operator");
const IDS = ENVIRONMENTS.map(({ id }) => id);

function main(): void {
  const { values } = parseArgs({
    options: { env: { type: "string", multiple: true }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const wanted = values.env ?? IDS;
  const unknown = wanted.filter((id) => !IDS.includes(id));
  if (unknown.length > 0) {
    throw new Error(`Unknown environment ${unknown.join(", ")}; expected one of ${IDS.join(", ")}.`);
  }
  const environments = ENVIRONMENTS.filter(({ id }) => wanted.includes(id));
  const changed = [
    ...environments.flatMap((environment) => synth(environment, DIST)),
    ...[...chartFiles()].flatMap(([name, text]) => writeChanged(join(CHART, name), text)),
    ...writeChanged(FIRESTORE_INDEXES, firestoreIndexesJson()),
  ];
  for (const path of changed) {
    process.stdout.write(`${relative(process.cwd(), path)}\n`);
  }
}

try {
  main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
