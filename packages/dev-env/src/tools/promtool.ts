import { existsSync, globSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findCommand } from "./find-command.ts";
import { CACHE } from "./project-folders.ts";
import { runCommand } from "./run-command.ts";

const FOLDER = join(CACHE, "promtool");

/** The path of promtool, which judges rules. */
export const promtoolPath = () => programOf("promtool");

/** The path of the server. */
export const prometheusPath = () => programOf("prometheus");

/** The one on PATH, or that of Debian's package `prometheus`, taken out of it once: to install it would start a server. */
async function programOf(program: "prometheus" | "promtool"): Promise<string> {
  const unpacked = join(FOLDER, "usr/bin", program);
  const found = findCommand(program) ?? (existsSync(unpacked) ? unpacked : undefined);
  if (found !== undefined) return found;
  if (!findCommand("apt-get")) throw new Error(`${program} is missing: put it on PATH`);
  process.stderr.write(`${program}: taking it out of Debian's package prometheus\n`);
  await mkdir(FOLDER, { recursive: true });
  const download = () => runCommand("apt-get", ["download", "-qq", "prometheus"], { cwd: FOLDER });
  // Without its lists of packages, apt knows none.
  await download().catch(() => runCommand("apt-get", ["update", "-qq"]).then(download));
  const [archive = "prometheus.deb"] = globSync("prometheus_*.deb", { cwd: FOLDER });
  await runCommand("dpkg-deb", ["--extract", archive, "."], { cwd: FOLDER });
  return unpacked;
}
