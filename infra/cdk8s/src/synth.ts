import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Environment } from "../environments/environment.ts";
import { requireSameNames } from "./lasting-names.ts";
import { filesOf } from "./render-environment.ts";

/**
 * Writes an environment's files to `<dist>/<id>`, and removes other files there.
 *
 * @returns the paths that changed
 * @throws Error if they would leave messages behind, before anything is written
 */
export function synth(environment: Environment, dist: string): string[] {
  const folder = join(dist, environment.id);
  const files = filesOf(environment);
  requireSameNames(environment, folder, files);
  const changed = [...files].flatMap(([name, text]) => writeChanged(join(folder, name), text));
  for (const name of readdirSync(folder)) {
    if (files.has(name)) continue;
    rmSync(join(folder, name));
    changed.push(join(folder, name));
  }
  return changed;
}

/**
 * Writes a file. Leaves one with the right content alone, so that watchers see no change.
 *
 * @returns its path, or nothing if it was right already
 */
export function writeChanged(path: string, text: string): string[] {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return [];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (path.endsWith(".sh")) chmodSync(path, 0o755);
  return [path];
}
