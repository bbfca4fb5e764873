import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupHierarchies } from "./node/namespaces.ts";
import { machineFromEnv } from "./node/pod-machine.ts";
import type { Pod } from "./pod-lives.ts";

/** The cgroup of a pod's one container. */
export class ContainerCgroup {
  readonly #folder: string;

  constructor({ metadata, status }: Pod) {
    const id = status.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, "");
    const pattern = `${machineFromEnv().cgroup}/kubepods/**/pod${metadata.uid}/${id}`;
    const [folder] = cgroupHierarchies()
      .filter((root) => existsSync(join(root, "memory.stat")))
      .flatMap((root) => globSync(root + pattern));
    if (folder === undefined) throw new Error(`${metadata.name} has no memory cgroup`);
    this.#folder = folder;
  }

  /** Of the container's first process, in our namespace. */
  get pid(): number {
    return Number.parseInt(this.#read("cgroup.procs") ?? "", 10);
  }

  /** In bytes; undefined once the container is gone. */
  get memory(): number | undefined {
    const text = this.#read("memory.usage_in_bytes") ?? this.#read("memory.current");
    return text === undefined ? undefined : Number(text);
  }

  #read(file: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, file), "utf8");
    } catch {
      return undefined;
    }
  }
}
