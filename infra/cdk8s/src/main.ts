import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { customResourceDefinition } from "./crd/custom-resource-definition.ts";
import { ENVIRONMENTS } from "./environments/index.ts";
import { manifestText } from "./manifest-text.ts";
import { synth, writeChanged } from "./synth.ts";

const DIST = join(import.meta.dirname, "../dist");
const CRD = join(import.meta.dirname, "../../../charts/dumbwaiter-operator/files/crd.yaml");
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
    ...writeChanged(CRD, manifestText([customResourceDefinition()])),
  ];
  for (const path of changed) {
    process.stdout.write(`${relative(process.cwd(), path)}\n`);
  }
}
