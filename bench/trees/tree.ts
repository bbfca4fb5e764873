import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";

const run = promisify(execFile);

/** A checkout of the project with its packages installed. */
export interface Tree {
  /** Abbreviated; with `+` if files differ from it, apart from documents. */
  readonly commit: string;
  readonly folder: string;
}

/** The tree that this bench is part of. */
export async function thisTree(): Promise<Tree> {
  const changed = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs");
  return { commit: `${await commitOf("HEAD")}${changed === "" ? "" : "+"}`, folder: ROOT };
}

/** Seven digits of it. @throws if the repository has no such commit */
export async function commitOf(revision: string): Promise<string> {
  return (await git("rev-parse", "--verify", `${revision}^{commit}`)).slice(0, 7);
}

export async function git(...args: string[]): Promise<string> {
  const { stdout } = await run("git", args, { cwd: ROOT });
  return stdout.trim();
}
