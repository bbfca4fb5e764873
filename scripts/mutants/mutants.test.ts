import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { MUTANTS } from "./index.ts";
import { mutated } from "./source-copy.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** `npm run test:mutants` takes long, so what it would find out in vain is found here. */
describe("every mutant", () => {
  it.each(MUTANTS)("changes its file: $file, $from", (mutant) => {
    const source = read(mutant.file);
    expect(mutated(source, mutant)).not.toBe(source);
  });

  it.each(MUTANTS)("names a test that there is: $name", ({ test, name }) => {
    // The tests of a contract suite are in other files.
    const sources = [test, ...contractsIn(read(test))].map(read);
    expect(sources.some((source) => source.includes(name))).toBe(true);
  });

  it("is listed once", () => {
    expect(new Set(MUTANTS.map((mutant) => JSON.stringify(mutant))).size).toBe(MUTANTS.length);
  });
});

const CONTRACTS = globSync("packages/core/contracts/*.contract.ts", { cwd: ROOT });

function contractsIn(source: string): string[] {
  return source.includes("Contract") ? CONTRACTS : [];
}
