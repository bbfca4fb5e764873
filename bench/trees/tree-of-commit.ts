import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "@dumbwaiter/dev-env/tools/project-folders";
import { commitOf, git, type Tree } from "./tree.ts";

const TREES = join(CACHE, "bench");

/**
 * A worktree of the commit with that commit's packages, in the cache; it stays there for the next run.
 *
 * @throws if there is no such commit, or npm fails
 */
export async function treeOfCommit(revision: string, say: (line: string) => void): Promise<Tree> {
  const commit = await commitOf(revision);
  const folder = join(TREES, commit);
  const installed = join(folder, "node_modules", ".installed");
  if (existsSync(installed)) return { commit, folder };
  if (!existsSync(folder)) {
    await git("worktree", "prune");
    await git("worktree", "add", "--detach", folder, commit);
  }
  say(`Installing the packages of ${commit} in ${folder} (once)…`);
  const args = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawn("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(npm, "close");
  if (code !== 0) throw new Error(`npm ${args[0]} of ${commit} failed with exit code ${code}`);
  // npm is done only when this is here.
  await writeFile(installed, "");
  return { commit, folder };
}
