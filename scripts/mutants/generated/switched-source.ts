import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Ignorer, openInstrumenter, type Place, type StrykerMutant } from "./instrumenter.ts";

/** A standard change to one expression or statement. */
export interface GeneratedMutant {
  /** What switches it on. */
  readonly id: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

/** The variables that tell a process of the instrumented code which mutant it has, and where to say what it ran. */
export const MUTANT_VARIABLE = "GENERATED_MUTANT";
export const COVERAGE_VARIABLE = "GENERATED_MUTANT_COVERAGE";

/** Their places are texts for people, and shapes that the types guard. */
const EXCLUDED = ["StringLiteral", "ObjectLiteral"];

/** Log lines, metrics and spans carry no guarantee here. */
const OBSERVERS = /^(log|logger|metrics|spans?|trace)$/;
const IGNORERS: readonly Ignorer[] = [
  {
    shouldIgnore({ node }) {
      let callee = node.type === "CallExpression" ? node.callee : undefined;
      for (; callee?.object; callee = callee.object)
        if (OBSERVERS.test(callee.property?.name ?? "")) return "observer";
      return OBSERVERS.test(callee?.name ?? "") ? "observer" : undefined;
    },
  },
];

/**
 * The instrumented code has all mutants, and the environment chooses one: so it does in worker threads and in other
 * processes, and nothing is transformed again for each.
 */
const switches = (file: string) => `import { appendFileSync as stryAppend } from "node:fs";
var stryActive = process.env.${MUTANT_VARIABLE}, stryCoverage = process.env.${COVERAGE_VARIABLE}, stryCovered;
function stryMutAct_9fa48(id: string) { return stryActive === "${file}:" + id; }
function stryCov_9fa48(...ids: string[]) {
  if (!stryCoverage) return;
  stryCovered ??= new Set();
  for (const id of ids) {
    if (stryCovered.has(id)) continue;
    stryCovered.add(id);
    stryAppend(stryCoverage, "${file}:" + id + "\\n");
  }
}
`;

/** Puts the mutants of these files into the copy of the source in this folder. */
export async function switchSource(folder: string, files: readonly string[]): Promise<GeneratedMutant[]> {
  const instrumenter = await openInstrumenter();
  const mutants: GeneratedMutant[] = [];
  for (const file of files) {
    const source = await readFile(join(folder, file), "utf8");
    // One by one, so that IDs do not depend on other files.
    const result = await instrumenter.instrument([{ name: file, content: source, mutate: true }], {
      plugins: null,
      excludedMutations: EXCLUDED,
      ignorers: IGNORERS,
      noHeader: true,
    });
    const named = result.mutants.filter(({ status }) => status === undefined);
    mutants.push(...named.map((mutant) => generatedMutant(mutant, source)));
    const [switched] = result.files;
    if (switched === undefined) throw new Error(`${file}: not instrumented`);
    await writeFile(join(folder, file), switches(file) + switched.content);
  }
  return mutants;
}

function generatedMutant(
  { id, fileName, location, replacement }: StrykerMutant,
  source: string,
): GeneratedMutant {
  const from = source.slice(offsetOf(location.start, source), offsetOf(location.end, source));
  return { id: `${fileName}:${id}`, file: fileName, line: location.start.line + 1, from, to: replacement };
}

function offsetOf({ line, column }: Place, source: string): number {
  const lines = source.split("\n");
  return lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
}

/** The same few of the same mutants, wherever they stand: the seed is a part of the hash. */
export function sampleOf(mutants: readonly GeneratedMutant[], count: number): GeneratedMutant[] {
  const hash = ({ file, from, to }: GeneratedMutant) =>
    createHash("sha256")
      .update(JSON.stringify([1, file, from, to]))
      .digest("hex");
  const ordered = mutants.map((mutant) => ({ mutant, order: hash(mutant) }));
  ordered.sort((a, b) => (a.order < b.order ? -1 : 1));
  return ordered.slice(0, count).map(({ mutant }) => mutant);
}
