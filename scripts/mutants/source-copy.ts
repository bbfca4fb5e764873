import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutant.ts";

/** A copy of the project's source in its `.cache`, so that Node and Jest find the installed packages above it. */
export interface SourceCopy {
  readonly folder: string;
  /** Runs `work` while the copy has the mutant. */
  whileMutated<T>(mutant: Mutant, work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** What is installed for one workspace alone, and what tests compile or fetch. */
const LINKED = ["{packages,services,infra}/*/node_modules", ".cache/!(mutants)"];

export async function copySource(root: string): Promise<SourceCopy> {
  const folder = await newFolder(join(root, ".cache", "mutants"));
  for (const file of sourceFiles(root)) await cp(join(root, file), join(folder, file));
  for (const path of globSync(LINKED, { cwd: root })) await link(join(root, path), join(folder, path));
  // Of the workspaces, the copies.
  for (const path of globSync("node_modules/@dumbwaiter/*", { cwd: root }))
    await link(await readlink(join(root, path)), join(folder, path));

  return {
    folder,
    async whileMutated(mutant, work) {
      const path = join(folder, mutant.file);
      const source = await readFile(path, "utf8");
      await writeFile(path, mutated(source, mutant));
      try {
        return await work();
      } finally {
        await writeFile(path, source);
      }
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Each copy has its own: two may be in use at once. */
async function newFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "copy-"));
}

/** @throws Error unless the source has the mutant's text once */
export function mutated(source: string, { file, from, to }: Pick<Mutant, "file" | "from" | "to">): string {
  const [before, after, ...more] = source.split(from);
  if (after === undefined || more.length > 0) throw new Error(`${file} must have this once: ${from}`);
  return `${before}${to}${after}`;
}

/** With what is not committed yet. */
function sourceFiles(root: string): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  return files.filter((file) => file !== "" && existsSync(join(root, file)));
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}
