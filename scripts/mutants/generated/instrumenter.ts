import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";

/** What is used of `@stryker-mutator/instrumenter`. */
export interface Instrumenter {
  instrument(
    files: readonly { readonly name: string; readonly content: string; readonly mutate: true }[],
    options: {
      readonly plugins: null;
      readonly excludedMutations: readonly string[];
      readonly ignorers: readonly Ignorer[];
      readonly noHeader: true;
    },
  ): Promise<{
    readonly files: readonly { readonly name: string; readonly content: string }[];
    readonly mutants: readonly StrykerMutant[];
  }>;
}

export interface Ignorer {
  /** @returns why what is inside is not mutated */
  shouldIgnore(path: { readonly node: BabelNode }): string | undefined;
}

interface BabelNode {
  readonly type: string;
  readonly name?: string;
  readonly callee?: BabelNode;
  readonly object?: BabelNode;
  readonly property?: BabelNode;
}

export interface StrykerMutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  /** Lines and columns from 0. */
  readonly location: { readonly start: Place; readonly end: Place };
  /** "Ignored" or undefined. */
  readonly status?: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

const PINS = join(import.meta.dirname, "tools");

/** Installs it into `.cache` the first time: nothing else needs its 80 packages. */
export async function openInstrumenter(): Promise<Instrumenter> {
  const modules = join(await installed(), "node_modules/@stryker-mutator/instrumenter");
  const { Instrumenter } = await import(join(modules, "dist/src/index.js"));
  const silent = { debug() {}, info() {}, isDebugEnabled: () => false };
  return new Instrumenter(silent);
}

async function installed(): Promise<string> {
  const lock = await readFile(join(PINS, "package-lock.json"));
  const version = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const folder = join(CACHE, `mutation-tools-${version}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) await cp(join(PINS, file), join(draft, file));
  await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: draft });
  await rename(draft, folder);
  return folder;
}
