import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { go, goCompile } from "../tools/go-command.ts";
import { CACHE } from "../tools/project-folders.ts";

const SOURCES = join(import.meta.dirname, "go");
const BUILDS = join(CACHE, "testcluster");

/** Without a version, `kubectl version` fails and helm refuses charts that require one. */
const VERSION = {
  gitVersion: "v1.36.3",
  gitMajor: "1",
  gitMinor: "36",
  gitTreeState: "clean",
  gitCommit: "0".repeat(40),
};

interface ClusterBinary {
  /** Its first argument names the component to run. */
  readonly path: string;
  readonly kubectlPath: string;
}

/**
 * The program that contains all Kubernetes components. Compiled when its sources or Go have changed: minutes the first
 * time.
 *
 * @throws if Go is missing or the compilation fails
 */
export async function clusterBinary(): Promise<ClusterBinary> {
  const folder = join(BUILDS, await key());
  const binary = { path: join(folder, "testcluster"), kubectlPath: join(folder, "kubectl") };
  if (!existsSync(folder)) await build(folder);
  return binary;
}

async function key(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(SOURCES)).sort()) hash.update(await readFile(join(SOURCES, name)));
  hash.update(await go(["version"], SOURCES)).update(JSON.stringify(VERSION));
  return hash.digest("hex").slice(0, 16);
}

async function build(folder: string): Promise<void> {
  process.stderr.write("test cluster: compiling Kubernetes, which takes minutes the first time\n");
  await mkdir(BUILDS, { recursive: true });
  const old = await readdir(BUILDS);
  const unfinished = `${folder}.${process.pid}`;
  const stamps = Object.entries(VERSION).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  const packages = await go(["list", "-deps", "."], SOURCES);
  await goCompile(
    "test cluster",
    ["build", `-ldflags=-s -w ${stamps.join(" ")}`, "-o", join(unfinished, "testcluster"), "."],
    { cwd: SOURCES, total: packages.split("\n").length },
  );
  await symlink("testcluster", join(unfinished, "kubectl"));
  // Another process may have finished first; its build is the same.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  for (const name of old) await rm(join(BUILDS, name), { recursive: true, force: true });
}
