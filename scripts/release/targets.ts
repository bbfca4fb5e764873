import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";

/** Says what a folder is: an earlier release, whole or not. */
export const RELEASE_FILE = "release.json";

/**
 * Whether a target is a registry and a path in it, by the rule of image references: the first part has a dot or a
 * port, or is `localhost`. Anything else is a folder, and so is what exists as one.
 */
export function isRegistry(target: string): boolean {
  const [host = "", ...path] = target.split("/");
  if (path.join("") === "" || target.endsWith("/") || existsSync(target)) return false;
  return /^([a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?|[a-z0-9-]+:\d+|localhost)$/.test(host);
}

/**
 * Makes an empty folder, of nothing or of an earlier release.
 *
 * @throws if the folder has anything else, or the project is in it
 */
export async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const toProject = relative(await realpath(folder), await realpath(ROOT));
  if (!toProject.startsWith("..")) throw new Error(`${folder} contains this project: choose another folder`);
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(RELEASE_FILE)) {
    throw new Error(`${folder} is not empty and no earlier release: choose another folder, or empty it`);
  }
  for (const name of names) await rm(join(folder, name), { recursive: true });
}
