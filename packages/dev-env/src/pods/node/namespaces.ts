import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { NODE_ADDRESS, NODE_NAME, NODE_NETWORK } from "./node-network.ts";

const ENTER = join(import.meta.dirname, "enter-namespaces.sh");
const CLEAN_UP = join(import.meta.dirname, "clean-up.sh");

/** A machine of its own, in which a command runs as root. */
export interface Machine {
  /** Removed at the end. */
  readonly folder: string;
  /** The parent of its pods' cgroups, from the root of each hierarchy. Removed at the end. */
  readonly cgroup: string;
}

/**
 * Runs a command with its own namespaces, folder and cgroups. However it or this process ends, all its processes are
 * killed, and mounts, network, folder and cgroups are removed.
 *
 * @returns its exit code
 * @throws if the machine does not permit it
 */
export async function runInNamespaces(
  command: (machine: Machine) => readonly string[],
  { signal, stdio = "inherit" }: { signal?: AbortSignal; stdio?: "inherit" | "pipe" } = {},
): Promise<{ exitCode: number; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-pods-"));
  const cgroup = `/${basename(folder)}`;
  const cleanUp = spawn("sh", [CLEAN_UP, folder, cgroup.slice(1)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // Ctrl-C is not for it
  });
  try {
    for (const root of cgroupHierarchies()) makeCgroup(join(root, cgroup));
    mkdirSync(join(folder, "tmp"));
    const prefix = NODE_NETWORK.split("/")[1];
    const child = spawn("sh", [ENTER, folder, ...command({ folder, cgroup })], {
      env: {
        ...process.env,
        ...{ NODE_NAME, NODE_ADDRESS: `${NODE_ADDRESS}/${prefix}`, TMPDIR: join(folder, "tmp") },
      },
      stdio: ["ignore", stdio, stdio],
      detached: true, // we stop it
    });
    cleanUp.stdin.write(`${child.pid}\n`);
    const kill = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", kill);
    if (signal?.aborted) kill();
    const [stderr, [code]] = await Promise.all([read(child), once(child, "exit")]);
    signal?.removeEventListener("abort", kill);
    cleanUp.stdin.write("\n"); // its pid can be reused
    return { exitCode: code ?? 1, stderr };
  } finally {
    const cleaned = once(cleanUp, "exit");
    cleanUp.stdin.end();
    await cleaned;
  }
}

async function read({ stderr }: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of stderr ?? []) text += chunk;
  return text;
}

/** Otherwise all pods together would get the CPU time of one process outside. */
const CPU_WEIGHTS = { "cpu.shares": "8192", "cpu.weight": "800" };

function makeCgroup(folder: string): void {
  mkdirSync(folder);
  for (const [file, weight] of Object.entries(CPU_WEIGHTS)) {
    if (existsSync(join(folder, file))) writeFileSync(join(folder, file), weight);
  }
}

/** Where cgroups are created: one root with version 2, one per resource with version 1. */
export function cgroupHierarchies(): string[] {
  const root = "/sys/fs/cgroup";
  return existsSync(join(root, "cgroup.controllers"))
    ? [root]
    : globSync(`${root}/*/cgroup.procs`).map((file) => join(file, ".."));
}
