import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Launcher } from "../stack/launcher.ts";

const SCRIPT = join(import.meta.dirname, "run-as-image.sh");
const IMAGE_ENV = { NODE_ENV: "production" };

/** What a bundle in a new folder leaves in a cache is of no use to another. */
const NO_CACHE = { NODE_DISABLE_COMPILE_CACHE: "1" };

/** Whether this machine can run a program as its image does. */
export const isConfinable = process.platform === "linux" && process.getuid?.() === 0;

/**
 * Runs bundles with the options of their images.
 *
 * @param folder holds a folder for each bundle
 */
export function fromBundle(folder: string): Launcher {
  return (program) => ({
    command: process.execPath,
    args: () => ["--enable-source-maps", join(folder, program, "main.js")],
    // The development issuer refuses to run in production.
    env: program === "issuer" ? NO_CACHE : { ...IMAGE_ENV, ...NO_CACHE },
  });
}

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
