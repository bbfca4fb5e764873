import { join } from "node:path";
import { IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { ROOT } from "../tools/project-folders.ts";

/** How one of `IMAGE_PROGRAMS` is run. */
export interface Launch {
  readonly command: string;
  /** `directory` is the process's own folder. */
  readonly args: (directory: string) => string[];
  /** Overrides its other settings. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Launcher = (program: string) => Launch;

/** As a developer runs it. */
export const fromSource: Launcher = (program) => {
  const entry = IMAGE_PROGRAMS.find(({ name }) => name === program)?.entry;
  if (entry === undefined) throw new Error(`unknown program ${program}`);
  return { command: process.execPath, args: () => [join(ROOT, entry)] };
};

/** What a bundle in a new folder leaves in a cache is of no use to another. */
const NO_CACHE = { NODE_DISABLE_COMPILE_CACHE: "1" };

/**
 * Runs bundles with the options and environment of their images.
 *
 * @param folder holds a folder for each bundle
 */
export function fromBundle(folder: string): Launcher {
  return (program) => ({
    command: process.execPath,
    args: () => ["--enable-source-maps", join(folder, program, "main.js")],
    // The development issuer refuses to run in production.
    env: program === "issuer" ? NO_CACHE : { ...NO_CACHE, NODE_ENV: "production" },
  });
}
