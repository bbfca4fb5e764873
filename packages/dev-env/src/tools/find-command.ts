import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a command on PATH, or undefined. Node has no `which`; npm's is mostly about Windows. */
export function findCommand(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      const path = join(folder, name);
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return undefined;
}
