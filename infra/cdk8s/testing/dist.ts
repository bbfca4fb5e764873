import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../src/kubernetes-object.ts";

/** The folder that `npm run synth` writes to. */
export const DIST = join(import.meta.dirname, "../dist");

/** The manifests of an environment, in the order in which to apply them. */
export function manifestsOf(environment: string): string[] {
  const folder = join(DIST, environment);
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => join(folder, name));
}

export function objectsIn(path: string): KubernetesObject[] {
  return parseAllDocuments(readFileSync(path, "utf8"), { version: "1.1" }).map((document) => document.toJS());
}
