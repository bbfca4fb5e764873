import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { mutated } from "../source-copy.ts";
import { EQUIVALENT } from "./equivalent.ts";

const ROOT = join(import.meta.dirname, "../../..");

// By its text alone, what is listed would hide the same change elsewhere in the file.
it.each(EQUIVALENT)("is one place of its file: $file, $from → $to", (mutant) => {
  const source = readFileSync(join(ROOT, mutant.file), "utf8");
  expect(mutated(source, mutant)).not.toBe(source);
});
