import { createHash } from "node:crypto";
import type { Component, RoutingServiceProps } from "./spec/routing-service-props.ts";

/** Servers that a development environment runs in addition to the components. */
export type DevelopmentServer = "redis" | "emulators" | "issuer";

export type Part = Component | DevelopmentServer;

/** Labels of every object of a routing service, whether the operator or `kubectl apply` created it. */
export const MANAGED_BY = { label: "app.kubernetes.io/managed-by", value: "dumbwaiter" } as const;
export const INSTANCE_LABEL = "app.kubernetes.io/instance";
export const COMPONENT_LABEL = "app.kubernetes.io/component";

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
    [INSTANCE_LABEL]: name,
    ...(part === undefined ? {} : { [COMPONENT_LABEL]: part }),
  };
}

/** The labels of every object, independent of what applies it. */
export function labelsOf(owner: Owner, part?: Part): Labels {
  return {
    ...selectorOf(owner, part),
    "app.kubernetes.io/part-of": "dumbwaiter",
    [MANAGED_BY.label]: MANAGED_BY.value,
  };
}

export function metadataOf(owner: Owner, name: string, part?: Part) {
  return { name, namespace: owner.namespace, labels: labelsOf(owner, part) };
}

/** A hash that fits into names: equal values have equal hashes. */
export function shortHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);
}
