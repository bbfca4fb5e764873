import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./environments/environment.ts";
import { filesOf } from "./render-environment.ts";

/**
 * Writes an environment's files into `<dist>/<id>`, and removes others there. A file that is right already is not
 * touched: whoever watches it sees no change.
 *
 * @returns the paths that changed
 */
export function synth(environment: Environment, dist: string): string[] {
  const folder = join(dist, environment.id);
  mkdirSync(folder, { recursive: true });
  const files = filesOf(environment);
  const changed: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    writeFileSync(path, text);
    if (name.endsWith(".sh")) chmodSync(path, 0o755);
    changed.push(path);
  }
  for (const name of readdirSync(folder)) {
    if (files.has(name)) continue;
    rmSync(join(folder, name));
    changed.push(join(folder, name));
  }
  return changed;
}
