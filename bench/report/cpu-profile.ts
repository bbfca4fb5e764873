import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** The fields of Node's `--cpu-prof` file that are read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 15;
const IDLE = "(idle)";

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

function ownerOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string {
  if (url === "") return functionName || "(native)";
  if (url.startsWith("wasm:")) return "(wasm)";
  return (
    /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ??
    /(?:packages|services)\/.*/.exec(url)?.[0] ??
    url
  );
}
