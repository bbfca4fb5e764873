import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

it("uses a flag that V8 knows: of another it would complain, and go on without", () => {
  const file = JSON.stringify(join(import.meta.dirname, "let-heap-grow.ts"));
  const code = `import { letHeapGrow } from ${file}; letHeapGrow(); console.log("done")`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    env: {},
  });
  expect({ stdout, stderr }).toEqual({ stdout: "done\n", stderr: "" });
});
