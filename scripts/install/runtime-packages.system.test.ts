import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { expect, it } from "@jest/globals";

const { runtimePackages } = createRequire(import.meta.url)("./installed-packages.cjs");

const ROOT = join(import.meta.dirname, "../..");
const RECORDER = pathToFileURL(join(import.meta.dirname, "testing/record-packages.mjs")).href;

/** `debug` colours with it if it is installed. */
const USED_IF_THERE = ["node_modules/supports-color", "node_modules/has-flag"];

it("npm start, npm run demo and npx dumbwaiter load nothing but the packages that they install", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dumbwaiter-loaded-"));
  const file = join(folder, "packages");
  const env: Record<string, string> = { NODE_OPTIONS: `--import=${RECORDER}`, LOADED_PACKAGES: file };
  const embedded = await startEmbedded(env);
  try {
    const run = (file: string, ...args: string[]) =>
      runCommand(process.execPath, [join(ROOT, file), ...args, "--url", embedded.api], { env });
    await run("scripts/demo.ts");
    const { stdout } = await run("packages/cli/src/main.ts", "token", "bob");
    env.DUMBWAITER_TOKEN = stdout;
    await run("packages/cli/src/main.ts", "listen", "--until-empty");
  } finally {
    await embedded.stop();
  }
  const loaded = new Set(readFileSync(file, "utf8").trim().split("\n"));
  rmSync(folder, { recursive: true });
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const installed = runtimePackages(packages);
  expect(loaded.size).toBeGreaterThan(50);
  expect([...loaded].filter((each) => !installed[each] && !USED_IF_THERE.includes(each))).toEqual([]);
});
