import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mebibytes } from "@dumbwaiter/infra";
import { parseAllDocuments } from "yaml";
import type { Tree } from "./tree.ts";

/**
 * The largest semi-space, in MiB, that V8 takes by itself in a container of so much memory, in MiB; as
 * `v8.getHeapStatistics().heap_size_limit` of Node 24 tells it in memory cgroups of 256, 512 and 768 MiB, 1, 1.5, 2, 3, 4
 * and 8 GiB.
 */
const OWN_SEMI_SPACE = [
  { upTo: 512, semiSpace: 1 },
  { upTo: 1024, semiSpace: 16 },
  { upTo: 2048, semiSpace: 32 },
  { upTo: Number.POSITIVE_INFINITY, semiSpace: 64 },
] as const;

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
}

/**
 * `NODE_OPTIONS` that give a program the heap that it has in its pods, by the tree's manifests for production; empty if
 * it has none. The bench itself runs without a limit of memory, so the young generation is always said.
 */
export function podOptions({ folder }: Tree, program: string): string {
  const [file] = globSync(`infra/cdk8s/dist/gke-production/*-${program}.yaml`, { cwd: folder });
  if (file === undefined) return "";
  const objects = parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((each) => each.toJS());
  const pod = objects.find(({ kind }) => kind === "Deployment")?.spec.template.spec;
  const container: Container | undefined = pod?.containers[0];
  if (container === undefined) return "";
  const options = container.env?.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "";
  if (options.includes("--max-semi-space-size")) return options;
  return `${options} --max-semi-space-size=${ownSemiSpace(container.resources.limits.memory)}`.trim();
}

function ownSemiSpace(memory: string): number | undefined {
  return OWN_SEMI_SPACE.find(({ upTo }) => mebibytes(memory) <= upTo)?.semiSpace;
}
