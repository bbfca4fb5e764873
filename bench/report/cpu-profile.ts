import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

interface CallFrame {
  readonly functionName: string;
  /** Empty for what is not JavaScript. */
  readonly url: string;
}

/** The fields of a profile of Chrome's DevTools Protocol, as Node's `--cpu-prof` writes it, that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 15;
const IDLE = "(idle)";

/** Samples that are in no function: what garbage collection takes, for one, is due to all. */
const NOWHERE: ReadonlySet<string> = new Set([IDLE, "(program)", "(garbage collector)"]);

/** NODE_OPTIONS with which a process writes its profile into the directory when it ends. */
export function profilingOptions(directory: string): string {
  return `--cpu-prof --cpu-prof-dir=${directory}`;
}

/** Renames the profile of each process to its name. @returns the files by name */
export async function nameProfiles(
  directory: string,
  processes: readonly { readonly name: string; readonly pid: number }[],
): Promise<Map<string, string>> {
  const files = (await readdir(directory)).filter((file) => file.startsWith("CPU."));
  const named = new Map<string, string>();
  for (const { name, pid } of processes) {
    const file = files.find((each) => each.split(".")[3] === String(pid));
    if (file === undefined) throw new Error(`${name} wrote no profile to ${directory}`);
    const path = join(directory, `${name}.cpuprofile`);
    await rename(join(directory, file), path);
    named.set(name, path);
  }
  return named;
}

/** The CPU time by package, Node module or source file: self time, in percent of the total. */
export async function profileShares(file: string): Promise<string[]> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, "utf8")) as CpuProfile;
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const owner = owners.get(id) as string;
    if (owner !== IDLE) times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[index] as number));
  });
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([owner, time]) => `${((time / busy) * 100).toFixed(1).padStart(5)} %  ${owner}`);
}

/**
 * How long functions ran, in microseconds, and how much of it was due to files of the project or of a package: theirs is
 * what their functions take, and what others take that these call, up to the next file of the project.
 *
 * @param isDue by the URL of a file
 */
export function timeDueTo(
  { nodes, samples, timeDeltas }: CpuProfile,
  isDue: (url: string) => boolean,
): { readonly due: number; readonly total: number } {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])));
  const dueNodes = new Set<number>();
  for (const leaf of nodes) {
    let node: CpuProfile["nodes"][number] | undefined = leaf;
    while (node && !isDue(node.callFrame.url) && !isOfProject(node.callFrame.url))
      node = parents.get(node.id);
    if (node && isDue(node.callFrame.url)) dueNodes.add(leaf.id);
  }
  const nowhere = new Set(
    nodes.filter(({ callFrame }) => NOWHERE.has(callFrame.functionName)).map(({ id }) => id),
  );
  let [due, total] = [0, 0];
  samples.forEach((id, index) => {
    if (nowhere.has(id)) return;
    total += timeDeltas[index] as number;
    if (dueNodes.has(id)) due += timeDeltas[index] as number;
  });
  return { due, total };
}

function isOfProject(url: string): boolean {
  return /\/(?:packages|services)\//.test(url) && !/\/node_modules\//.test(url);
}

function ownerOf({ functionName, url }: CallFrame): string {
  if (url === "") return functionName || "(native)";
  if (url.startsWith("wasm:")) return "(wasm)";
  return (
    /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ??
    /(?:packages|services)\/.*/.exec(url)?.[0] ??
    url
  );
}
