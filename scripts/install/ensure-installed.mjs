// `node scripts/install/ensure-installed.mjs [runtime]`: installs what is missing of the lock file's packages, or only
// what `npm start` runs on. Runs on the machine's Node, before the project's own is installed.
import { existsSync, readFileSync } from "node:fs";
import { installAll, installRuntime } from "./install.mjs";
import lists from "./installed-packages.cjs";

const { areInstalled, runtimePackages } = lists;
const root = new URL("../../", import.meta.url);
const packagesOf = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8")).packages;

const locked = packagesOf("package-lock.json");
const runtime = runtimePackages(locked);
const LISTED = "node_modules/.package-lock.json";
const installed = existsSync(new URL(LISTED, root)) ? packagesOf(LISTED) : undefined;
const onlyRuntime = process.argv[2] === "runtime";

if (!installed || !areInstalled(installed, onlyRuntime ? runtime : locked, locked)) {
  // A stale install of everything is renewed as such.
  const hasMore = Object.keys(installed ?? {}).some((folder) => runtime[folder] === undefined);
  process.exitCode = await (onlyRuntime && !hasMore
    ? installRuntime(root, runtime)
    : installAll(root, locked, installed && areInstalled(installed, runtime, locked)));
}
