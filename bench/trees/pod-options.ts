import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownSemiSpaceOption } from "@dumbwaiter/dev-env/stack/own-semi-space";
import { parseAllDocuments } from "yaml";
import type { Tree } from "./tree.ts";

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
  return `${options} ${ownSemiSpaceOption(container.resources.limits.memory)}`.trim();
}
