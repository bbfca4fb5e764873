// Runs on the machine's Node, before the project's own is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

/** npm keeps a copy of the lock file's packages in node_modules: if one differs or is too many, the install is stale. */
function isInstalled() {
  if (!existsSync(new URL("node_modules/.package-lock.json", root))) return false;
  const installed = JSON.parse(read("node_modules/.package-lock.json")).packages;
  const wanted = JSON.parse(read("package-lock.json")).packages;
  if (Object.keys(installed).some((path) => wanted[path] === undefined)) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      !path.includes("node_modules/") ||
      optional ||
      (installed[path] !== undefined && (link || installed[path].version === version)),
  );
}

if (!isInstalled()) {
  process.stdout.write("Installing the packages of package-lock.json (once, about a minute)…\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
