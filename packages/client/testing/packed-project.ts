import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";

const PACKAGE = join(import.meta.dirname, "..");
const NODE_MODULES = join(PACKAGE, "../../node_modules");
const COPIED = ["LICENSE", "README.md", "package.json", "pack", "src", "tsconfig.build.json"];

export interface PackedProject {
  readonly folder: string;
  /** The paths in the package. */
  readonly files: readonly string[];
  write(name: string, text: string): Promise<string>;
  run(command: string, ...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** A project outside the workspace that has installed the packed package. Packs a copy, beside tests that import it. */
export async function packedProject(): Promise<PackedProject> {
  const root = await mkdtemp(join(tmpdir(), "dumbwaiter-packed-"));
  const [copy, folder] = [join(root, "client"), join(root, "project")];
  for (const name of COPIED) await cp(join(PACKAGE, name), join(copy, name), { recursive: true });
  await symlink(NODE_MODULES, join(copy, "node_modules"));
  await mkdir(folder);
  const { stdout } = await runCommand("npm", ["pack", "--json", "--pack-destination", root], { cwd: copy });
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  await writeFile(join(folder, "package.json"), '{"name":"project","private":true,"type":"module"}');
  const quietly = ["--prefer-offline", "--no-audit", "--no-fund"];
  await runCommand("npm", ["install", ...quietly, join(root, packed.filename)], { cwd: folder });
  return {
    folder,
    files: packed.files.map(({ path }: { path: string }) => path),
    async write(name, text) {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    run: async (command, ...args) => (await runCommand(command, args, { cwd: folder })).stdout,
    remove: () => rm(root, { recursive: true }),
  };
}
