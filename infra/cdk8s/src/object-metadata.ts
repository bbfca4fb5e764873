import { createHash } from "node:crypto";
import type { Component, RoutingServiceProps } from "./spec/routing-service-props.ts";

/** Servers that a development environment runs in addition to the components. */
export type DevelopmentServer = "redis" | "emulators" | "issuer";

export type Part = Component | DevelopmentServer;

type Labels = Readonly<Record<string, string>>;
type Owner = Pick<RoutingServiceProps, "name" | "namespace">;

/** `<name>-<part>`: the name of most objects of a part. */
export function nameOf({ name }: Owner, part: string): string {
  return `${name}-${part}`;
}

/** Labels for selectors, which are immutable: only labels that never change. */
export function selectorOf({ name }: Owner, part?: Part): Labels {
  return {
    "app.kubernetes.io/name": "dumbwaiter",
    "app.kubernetes.io/instance": name,
    ...(part === undefined ? {} : { "app.kubernetes.io/component": part }),
  };
}

/** The labels of every object, independent of what applies it. */
export function labelsOf(owner: Owner, part?: Part): Labels {
  return {
    ...selectorOf(owner, part),
    "app.kubernetes.io/part-of": "dumbwaiter",
    "app.kubernetes.io/managed-by": "dumbwaiter",
  };
}

export function metadataOf(owner: Owner, name: string, part?: Part) {
  return { name, namespace: owner.namespace, labels: labelsOf(owner, part) };
}

/** A short name for a value: equal values have equal names. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);
}
