import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import lists from "./installed-packages.cjs";

const { isPackage } = lists;
const QUIET = ["--no-audit", "--no-fund", "--loglevel=error"];
const say = (text) => process.stdout.write(text);

/**
 * Installs every package of the lock file.
 *
 * @param {boolean} complete adds what is missing, beside processes that run on what is there
 * @returns npm's exit code
 */
export function installAll(root, locked, complete) {
  const command = complete ? ["install", "--no-save"] : ["ci"];
  return npm(command, root, locked, "to develop and test");
}

/**
 * Installs only the runtime packages: npm has no option for it that leaves optional peers out if they are workspaces.
 * So npm installs a copy of the project that knows no others, and the result moves here.
 *
 * @returns npm's exit code
 */
export async function installRuntime(root, runtime) {
  const copy = new URL(".cache/runtime-install/", root);
  rmSync(copy, { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const { allowScripts, overrides } = manifest;
  const placeOf = (path) => {
    mkdirSync(new URL(".", new URL(path, copy)), { recursive: true });
    return new URL(path, copy);
  };
  const write = (path, content) => writeFileSync(placeOf(path), JSON.stringify(content));
  const take = (path) => copyFileSync(new URL(path, root), placeOf(path));
  for (const [folder, entry] of Object.entries(runtime)) {
    if (folder === "") write("package.json", { ...entry, allowScripts, overrides });
    else if (!isPackage(folder)) {
      write(`${folder}/package.json`, entry);
      // npm links a command only if it is there.
      for (const file of Object.values(entry.bin ?? {})) take(`${folder}/${file}`);
    }
  }
  write("package-lock.json", { lockfileVersion: 3, requires: true, packages: runtime });
  take(".npmrc");

  const code = await npm(["ci"], copy, runtime, "that Dumbwaiter runs on");
  if (code !== 0) return code;
  for (const folder of ["", ...runtime[""].workspaces.map((each) => `${each}/`)]) {
    const [from, to] = [copy, root].map((base) => new URL(`${folder}node_modules`, base));
    rmSync(to, { recursive: true, force: true });
    if (existsSync(from)) renameSync(from, to);
  }
  rmSync(copy, { recursive: true });
  return 0;
}

/** Runs npm, and says every few seconds how far it is. */
async function npm(command, folder, packages, purpose) {
  const wanted = Object.entries(packages)
    .filter(([path, { link, optional }]) => isPackage(path) && !link && !optional)
    .map(([path]) => new URL(`${path}/package.json`, folder));
  const startedAt = Date.now();
  const node = new URL("node_modules/node/bin/node", folder);
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  say(`Installing the ${wanted.length} packages ${purpose} (once)…\n`);
  const report = setInterval(() => {
    const count = wanted.filter((manifest) => existsSync(manifest)).length;
    const scripts =
      count < wanted.length ? "" : `; now install scripts${existsSync(node) ? "" : ", one fetches Node"}`;
    say(`  ${seconds()} s: ${count} of ${wanted.length} packages${scripts}\n`);
  }, 3000);
  const child = spawn("npm", [...command, ...QUIET], {
    cwd: folder,
    stdio: ["inherit", "ignore", "inherit"],
  });
  const [code] = await once(child, "close");
  clearInterval(report);
  if (code === 0) say(`Installed in ${seconds()} s.\n`);
  return code ?? 1;
}
