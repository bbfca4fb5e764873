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
