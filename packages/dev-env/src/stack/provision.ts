import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Launcher } from "./launcher.ts";

const run = promisify(execFile);

/** Creates topics and subscriptions as people do, with `scripts/provision.ts`. */
export async function provision(launcher: Launcher, env: Readonly<Record<string, string>>): Promise<void> {
  const { command, args, env: more } = launcher("provision");
  const directory = await mkdtemp(join(tmpdir(), "dumbwaiter-provision-"));
  try {
    await run(command, args(directory), { env: { ...process.env, ...env, ...more } });
  } finally {
    await rm(directory, { recursive: true });
  }
}
