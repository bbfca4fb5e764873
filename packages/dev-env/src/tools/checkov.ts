import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "./project-folders.ts";
import { runCommand } from "./run-command.ts";

const VERSION = "3.3.30";

/** The path of checkov, which judges manifests; installed once. */
export async function checkovPath(): Promise<string> {
  const folder = join(CACHE, `checkov-${VERSION}`);
  const python = join(folder, "venv/bin/python");
  const done = join(folder, "done");
  if (!existsSync(done)) {
    process.stderr.write("checkov: installing it from PyPI, which takes a minute\n");
    await mkdir(folder, { recursive: true });
    await runCommand("python3", ["-m", "venv", join(folder, "venv")]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await runCommand(python, [...pip, `checkov==${VERSION}`], { timeoutMs: 900_000 });
    await writeFile(done, "");
  }
  return join(folder, "venv/bin/checkov");
}
