import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fromBundle, type Launcher } from "../stack/launcher.ts";

const SCRIPT = join(import.meta.dirname, "run-as-image.sh");

/** Whether this machine can run a program as its image does. */
export const isConfinable = process.platform === "linux" && process.getuid?.() === 0;

/**
 * Runs bundles as their images do: the same entry and user, a read-only root that contains nothing else, and no
 * capabilities or way to gain any. Without root, it runs the bundles alone.
 *
 * @param folder holds a folder for each bundle
 */
export function asImage(folder: string): Launcher {
  const bundled = fromBundle(folder);
  if (!isConfinable) return bundled;
  return (program) => ({
    ...bundled(program),
    command: "unshare",
    args(directory) {
      const root = join(directory, "root");
      mkdirSync(root, { recursive: true });
      return ["--mount", "sh", SCRIPT, root, join(folder, program), process.execPath];
    },
  });
}
