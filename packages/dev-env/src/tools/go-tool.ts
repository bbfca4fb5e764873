import { existsSync } from "node:fs";
import { join } from "node:path";
import { goCompile } from "./go-command.ts";
import { CACHE } from "./project-folders.ts";

/**
 * The path of a program that `go install` builds from `module@version`; built once.
 *
 * @param env what it needs to be compiled, besides what all have
 */
export async function goTool(
  name: string,
  source: string,
  version: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = join(CACHE, "go-tools", `${name}-${version}`);
  const path = join(folder, name);
  if (!existsSync(path)) {
    await goCompile(name, ["install", `${source}@${version}`], {
      cwd: import.meta.dirname,
      env: { GOBIN: folder, ...env },
    });
  }
  return path;
}
