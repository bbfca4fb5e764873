import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { go, goCompile } from "../tools/go-command.ts";
import { CACHE } from "../tools/project-folders.ts";

const SOURCES = join(import.meta.dirname, "go");
const VERSION = "v2.16.1";
const MODULE = "github.com/GoogleContainerTools/skaffold/v2";

/**
 * The path of skaffold, compiled from its Go modules: minutes the first time.
 *
 * @throws if Go is missing or the compilation fails
 */
export async function skaffoldPath(): Promise<string> {
  const hash = createHash("sha256").update(await go(["version"], SOURCES));
  for (const name of ["go.mod", "go.sum"]) hash.update(await readFile(join(SOURCES, name)));
  const folder = join(CACHE, "skaffold", hash.digest("hex").slice(0, 16));
  const path = join(folder, "skaffold");
  if (existsSync(path)) return path;
  process.stderr.write("skaffold: compiling it, which takes minutes the first time\n");
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const flags = `-ldflags=-s -w -X ${MODULE}/pkg/skaffold/version.version=${VERSION}`;
  await goCompile("skaffold", ["build", flags, "-o", unfinished, `${MODULE}/cmd/skaffold`], { cwd: SOURCES });
  await rename(unfinished, path);
  return path;
}
