import { findCommand } from "../tools/find-command.ts";
import { runCommand } from "../tools/run-command.ts";

const INSTALL = "apt-get update && apt-get install -y --no-install-recommends chromium";

/** The path of Chromium; as root, Debian's package is installed when it is missing. @throws when there is none */
export async function chromiumPath(): Promise<string> {
  const found = findCommand("chromium");
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && findCommand("apt-get")) {
    process.stderr.write("browser: installing Debian's chromium\n");
    await runCommand("sh", ["-c", INSTALL], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  }
  const installed = findCommand("chromium");
  if (installed !== undefined) return installed;
  throw new Error(`chromium is missing. Put it on PATH, or on Debian run, as root:\n  ${INSTALL}`);
}
