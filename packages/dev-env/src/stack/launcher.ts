import { join } from "node:path";
import { BUNDLES } from "../../../../scripts/bundle/bundles.ts";

/** How one of `BUNDLES` is run. */
export interface Launch {
  readonly command: string;
  /** `directory` is the process's own folder. */
  readonly args: (directory: string) => string[];
  /** Over its other settings. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Launcher = (program: string) => Launch;

const ROOT = join(import.meta.dirname, "../../../..");

/** As a developer runs it. */
export const fromSource: Launcher = (program) => {
  const entry = BUNDLES.find(({ name }) => name === program)?.entry;
  if (entry === undefined) throw new Error(`there is no program ${program}`);
  return { command: process.execPath, args: () => [join(ROOT, entry)] };
};
