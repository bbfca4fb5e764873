import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand } from "./find-command.ts";
import { runCommand } from "./run-command.ts";

/** Apt refuses to run twice at a time: test runs on one machine install in turn, and each program once. */
const LOCK = join(tmpdir(), "dumbwaiter-apt.lock");
const INSTALL =
  'command -v "$0" || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$0"; }';

/**
 * The path of a program whose Debian package has its name; as root, it is installed when it is missing.
 *
 * @param hint where else to get it
 * @throws if the program is missing and cannot be installed
 */
export async function ensureProgram(name: string, hint?: string): Promise<string> {
  const found = findCommand(name);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && findCommand("apt-get")) {
    process.stderr.write(`installing Debian's ${name}\n`);
    // RUNLEVEL=1: a package starts no server of its own.
    const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    await runCommand("flock", [LOCK, "sh", "-c", INSTALL, name], { env, timeoutMs: 900_000 });
  }
  const installed = findCommand(name);
  if (installed !== undefined) return installed;
  const other = hint === undefined ? "" : ` (${hint})`;
  throw new Error(
    `${name} is missing. Put it on PATH, or on Debian run, as root: apt-get update && apt-get install ${name}${other}`,
  );
}
