import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  COLLECTION_PREFIX,
  DATABASE,
  DEAD_LETTER_TOPIC,
  INGRESS_SUBSCRIPTION,
  INGRESS_TOPIC,
  KEY_PREFIX,
  PROJECT,
  PUBSUB_NAMES,
  PUSH_TOPIC,
  type SpecVariable,
} from "@dumbwaiter/service/settings";
import { parseAllDocuments } from "yaml";
import type { Environment } from "../environments/environment.ts";
import type { RoutingServiceSpecInput } from "./spec/routing-service-props.ts";

/** Where messages wait. The API server refuses to change the same fields of a RoutingService. */
const LASTING: readonly SpecVariable[] = [
  PROJECT,
  DATABASE,
  COLLECTION_PREFIX,
  INGRESS_TOPIC,
  INGRESS_SUBSCRIPTION,
];

/** An environment may set others, but a default must not replace them. */
const REPLACEABLE: readonly SpecVariable[] = [KEY_PREFIX, DEAD_LETTER_TOPIC, PUSH_TOPIC];

type Settings = ReadonlyMap<string, string>;

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
  if (before.size === 0) return;
  const after = settingsIn([...files].flatMap(([name, text]) => (name.endsWith(".yaml") ? [text] : [])));
  const wanted = namesOf010(before, after, spec) ?? changesOf(before, after, spec);
  if (wanted.length === 0) return;
  const list = wanted.map(([{ field }, value]) => `  spec.${field.join(".")}: ${JSON.stringify(value)}\n`);
  throw new Error(
    `The manifests of ${id} would use other names, and leave messages behind. Set these in the environment:\n${list.join("")}To use the other names and leave the messages behind, delete ${folder} first.`,
  );
}

type Wanted = readonly (readonly [SpecVariable, string])[];

function changesOf(before: Settings, after: Settings, spec: RoutingServiceSpecInput): Wanted {
  const compared = [...LASTING, ...REPLACEABLE.filter((variable) => !isGiven(variable, spec))];
  return compared.flatMap((variable) => {
    const [old, now] = [before, after].map((settings) => settings.get(variable.name) ?? "");
    return old === now ? [] : [[variable, old ?? ""] as const];
  });
}

/**
 * Version 0.1.0 had no prefixes. They default to none where all IDs are given, also that of the subscription which no
 * ConfigMap contains.
 */
function namesOf010(before: Settings, after: Settings, spec: RoutingServiceSpecInput): Wanted | undefined {
  if (before.has(COLLECTION_PREFIX.name) || before.has(KEY_PREFIX.name)) return undefined;
  if (PUBSUB_NAMES.every((variable) => isGiven(variable, spec))) return undefined;
  const hasDefaults = [INGRESS_TOPIC, INGRESS_SUBSCRIPTION, DEAD_LETTER_TOPIC, PUSH_TOPIC].every(
    (variable) => before.get(variable.name) === variable.default,
  );
  const changes = changesOf(before, after, spec);
  if (!hasDefaults && changes.length === 0) return undefined;
  const ids = PUBSUB_NAMES.map(
    (variable) => [variable, before.get(variable.name) ?? variable.default] as const,
  );
  const prefixes: readonly SpecVariable[] = [COLLECTION_PREFIX, KEY_PREFIX];
  const isElsewhere = ([variable]: Wanted[number]) =>
    !ids.some(([id]) => id === variable) && (!prefixes.includes(variable) || isGiven(variable, spec));
  return [...changes.filter(isElsewhere), ...ids];
}

function isGiven({ field }: SpecVariable, spec: RoutingServiceSpecInput): boolean {
  return (
    field.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], spec) !==
    undefined
  );
}

/** The settings of all ConfigMaps. */
function settingsIn(texts: readonly string[]): Settings {
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
  const configMaps = objects.filter((object) => object?.kind === "ConfigMap");
  return new Map(configMaps.flatMap(({ data }) => Object.entries(data as Record<string, string>)));
}
