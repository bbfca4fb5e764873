import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { EQUIVALENT } from "./equivalent.ts";

const ROOT = join(import.meta.dirname, "../../..");

it.each(EQUIVALENT)("still is a mutant of its file: $file, $from → $to", ({ file, from }) => {
  expect(readFileSync(join(ROOT, file), "utf8")).toContain(from);
});
