import { join } from "node:path";
import { ensureProgram } from "../tools/ensure-program.ts";
import { CACHE } from "../tools/project-folders.ts";
import { type CommandOptions, runCommand } from "../tools/run-command.ts";

/** Images, layers and archives; git-ignored. */
export const IMAGES = join(CACHE, "images");

let driver: Promise<string> | undefined;

/** Runs Debian's buildah on a store of our own; needs root, but no daemon. @returns its standard output */
export async function buildah(args: readonly string[], options?: CommandOptions): Promise<string> {
  driver ??= storageDriver();
  return await run(await driver, args, options);
}

/** Falls back to copies of whole layers if overlay mounts are not permitted. */
async function storageDriver(): Promise<string> {
  await ensureProgram("buildah");
  return await run("overlay", ["images"]).then(
    () => "overlay",
    () => "vfs",
  );
}

async function run(storage: string, args: readonly string[], options?: CommandOptions): Promise<string> {
  const store = [
    "--storage-driver",
    storage,
    "--root",
    join(IMAGES, storage),
    "--runroot",
    join(IMAGES, "run"),
  ];
  // It leaves mounts behind when it is killed; they end with the namespace.
  const command = ["--mount", "--propagation", "private", "buildah", ...store, ...args];
  const { stdout } = await runCommand("unshare", command, { timeoutMs: 1_800_000, ...options });
  return stdout.trim();
}
