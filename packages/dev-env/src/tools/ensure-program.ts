import { findCommand } from "./find-command.ts";
import { runCommand } from "./run-command.ts";

/** Installs a Debian package that bears the program's name. @throws where the program is missing and we are not root */
export async function ensureProgram(name: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("Images are built as root: the tests have no daemon for it");
  if (findCommand(name)) return;
  if (!findCommand("apt-get")) throw new Error(`${name} is missing: install it and put it on PATH`);
  process.stderr.write(`images: installing Debian's ${name}\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { env });
  await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], { env });
}
