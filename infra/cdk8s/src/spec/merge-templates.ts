import type { Component } from "./components.ts";
import type { RoutingServiceSpec } from "./routing-service-props.ts";
import type { ComponentTemplate } from "./template-spec.ts";

/** The field that identifies an item of a list, by the list's name. An item replaces the one of the same key. */
const LIST_KEYS: Readonly<Record<string, string>> = {
  env: "name",
  volumes: "name",
  containers: "name",
  initContainers: "name",
  volumeMounts: "mountPath",
  topologySpreadConstraints: "topologyKey",
};

/** Objects of which only all fields together have a meaning. */
const WHOLE = new Set([
  ...["nodeAffinity", "podAffinity", "podAntiAffinity"],
  ...["seccompProfile", "appArmorProfile", "seLinuxOptions", "capabilities", "podDisruptionBudget"],
]);

/** The template of a component, merged over the one of all. */
export function templateOf(spec: RoutingServiceSpec, component: Component): ComponentTemplate {
  return (merged("template", spec.template, spec[component].template) ?? {}) as ComponentTemplate;
}

/** @param over takes precedence */
export function merged(field: string, below: unknown, over: unknown): unknown {
  if (below === undefined || over === undefined) return over ?? below;
  if (Array.isArray(below) && Array.isArray(over)) return mergedLists(field, below, over);
  if (!isMap(below) || !isMap(over) || WHOLE.has(field)) return over;
  const names = new Set([...Object.keys(below), ...Object.keys(over)]);
  return Object.fromEntries([...names].map((name) => [name, merged(name, below[name], over[name])]));
}

function mergedLists(field: string, below: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  if (field === "envFrom") return [...below, ...over];
  const key = LIST_KEYS[field];
  if (key === undefined) return over;
  const keyOf = (item: unknown) => (item as Record<string, unknown>)[key];
  const byKey = new Map([...below, ...over].map((item) => [keyOf(item), item]));
  return [...byKey.values()];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
