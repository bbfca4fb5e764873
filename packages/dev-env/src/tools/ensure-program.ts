import { findCommand } from "./find-command.ts";
import { runCommand } from "./run-command.ts";

/** Installs the Debian package of the program's name. @throws if the program is missing and cannot be installed */
export async function ensureProgram(name: string): Promise<void> {
  if (findCommand(name)) return;
  if (process.getuid?.() !== 0 || !findCommand("apt-get"))
    throw new Error(`${name} is missing: install it and put it on PATH`);
  process.stderr.write(`installing Debian's ${name}\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { env });
  await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], { env });
}
