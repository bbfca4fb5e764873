import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Launch, Launcher } from "@dumbwaiter/dev-env/stack/launcher";
import { podOptions } from "./pod-options.ts";
import type { Tree } from "./tree.ts";

/** Where programs are that have moved, the newest place first. */
const MOVED: Readonly<Record<string, readonly string[]>> = {
  issuer: ["services/dev-issuer/src/main.ts", "packages/embedded/src/dev-issuer-main.ts"],
  embedded: ["services/embedded/src/main.ts", "packages/embedded/src/main.ts"],
  provision: ["scripts/provision.ts"],
};

/** Runs a tree's programs from their source, on the tree's Node, with the heap that its pods have. */
export function treeLauncher(tree: Tree): Launcher {
  return (program) => ({
    command: nodeOf(tree),
    args: () => [entryOf(tree, program)],
    env: { NODE_OPTIONS: podOptions(tree, program) },
  });
}

/** Runs what the tree's `npm run bundle` made, as its images do. */
export function bundleLauncher(tree: Tree): Launcher {
  const source = treeLauncher(tree);
  return (program) => {
    const bundle = join(tree.folder, "dist", program, "main.js");
    return existsSync(bundle) ? { ...source(program), args: () => [bundle] } : source(program);
  };
}

/** The same with more options of Node. */
export function withNodeOptions(launch: Launch, options: string): Launch {
  return { ...launch, env: { ...launch.env, NODE_OPTIONS: `${launch.env?.NODE_OPTIONS ?? ""} ${options}` } };
}

/** What the tree's `npm start` starts. */
export function embeddedLaunch(tree: Tree): Launch {
  const { scripts } = JSON.parse(readFileSync(join(tree.folder, "package.json"), "utf8"));
  const options: string[] = scripts.start.match(/--\S+/g) ?? [];
  return { command: nodeOf(tree), args: () => [...options, entryOf(tree, "embedded")] };
}

function nodeOf({ folder }: Tree): string {
  return join(folder, "node_modules/node/bin/node");
}

/** @throws if this tree has the program in a place that the bench does not know */
function entryOf({ folder, commit }: Tree, program: string): string {
  const places = MOVED[program] ?? [`services/${program}/src/main.ts`];
  const entry = places.map((place) => join(folder, place)).find(existsSync);
  if (entry === undefined) throw new Error(`${commit} has no ${places.join(" and no ")}`);
  return entry;
}
