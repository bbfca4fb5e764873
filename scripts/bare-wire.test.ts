import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");
const { BARE_WIRE } = createRequire(import.meta.url)("../.bare-wire.cjs") as { BARE_WIRE: string[] };
const files = BARE_WIRE.filter((path) => !path.endsWith("/"));

/** What runs the product from the outside. */
const OUTSIDE = ["bench", "packages/dev-env", "packages/wire-user", "scripts", "tests"];
const CALL = /\b(fetch|request|httpRequest|URL)\([^)]*\/api\/(send|messages|devices|user)\b/;

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

describe("the bare wire", () => {
  it.each(files)("is used by %s, which says why", (file) => {
    expect(textOf(file)).toMatch(/^\/\/ Bare: (.+\n\/\/ )*.+\.\nimport /m);
  });

  it("is called over HTTP by no other code", () => {
    const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...OUTSIDE], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const callers = list.split("\n").filter((file) => file.endsWith(".ts") && CALL.test(textOf(file)));
    expect(callers.filter((file) => !BARE_WIRE.some((path) => file.startsWith(path)))).toEqual([]);
  });
});
