import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  COLLECTION_PREFIX,
  DATABASE,
  INGRESS_SUBSCRIPTION,
  INGRESS_TOPIC,
  PROJECT,
  type SpecVariable,
} from "@dumbwaiter/service/settings";
import { parseAllDocuments } from "yaml";
import type { Environment } from "../environments/environment.ts";

/** Where messages wait. The API server refuses to change the same fields of a RoutingService. */
const LASTING: readonly SpecVariable[] = [
  PROJECT,
  DATABASE,
  COLLECTION_PREFIX,
  INGRESS_TOPIC,
  INGRESS_SUBSCRIPTION,
];

/**
 * A new version of Dumbwaiter may have other defaults; manifests that were applied before must not change to them.
 *
 * @param folder with the manifests that were written last, if any
 * @throws Error that says what to set in the environment
 */
export function requireSameNames(
  { id, spec }: Environment,
  folder: string,
  files: ReadonlyMap<string, string>,
): void {
  // They lose everything anyway.
  if (spec.google.emulators || !existsSync(folder)) return;
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const before = settingsIn(names.map((name) => readFileSync(join(folder, name), "utf8")));
  const after = settingsIn([...files].flatMap(([name, text]) => (name.endsWith(".yaml") ? [text] : [])));
  const changes = LASTING.flatMap(({ name, field }) => {
    const [old, now] = [before, after].map((settings) => settings.get(name) ?? "");
    return before.size === 0 || old === now ? [] : [`spec.${field.join(".")}: ${JSON.stringify(old)}`];
  });
  if (changes.length === 0) return;
  const list = changes.map((change) => `  ${change}\n`).join("");
  throw new Error(
    `The manifests of ${id} would use other names, and leave messages behind. Set these in the environment:\n${list}To use the other names, delete ${folder} first.`,
  );
}

/** The settings of all ConfigMaps. */
function settingsIn(texts: readonly string[]): ReadonlyMap<string, string> {
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
  const configMaps = objects.filter((object) => object?.kind === "ConfigMap");
  return new Map(configMaps.flatMap(({ data }) => Object.entries(data as Record<string, string>)));
}
