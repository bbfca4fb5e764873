import type { KubernetesObject } from "../src/kubernetes-object.ts";
import type { Component } from "../src/spec/routing-service-props.ts";
import { type Installation, objectsOf } from "./installations.ts";

/** A Deployment with the fields that the tests use. */
export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly strategy: { readonly rollingUpdate?: Record<string, unknown> };
    readonly template: {
      readonly metadata: {
        readonly labels: Record<string, string>;
        readonly annotations?: Record<string, string>;
      };
      readonly spec: PodSpec;
    };
  };
}

export interface PodSpec {
  readonly [field: string]: unknown;
  readonly securityContext: Record<string, unknown>;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly terminationGracePeriodSeconds: number;
}

export interface Container {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Record<string, unknown>;
  readonly resources: Record<"requests" | "limits", Record<string, string>>;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

export function deploymentsOf(installation: Installation): Deployment[] {
  return objectsOf(installation, "Deployment") as Deployment[];
}

/** The component's own object of a kind. */
export function objectOf<T extends KubernetesObject>(
  installation: Installation,
  kind: string,
  component: Component,
): T {
  const name = `${installation.props.name}-${component}`;
  const found = objectsOf(installation, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${installation.name} has no ${kind} ${name}`);
  return found as T;
}

/** The component's own container. */
export function containerOf(installation: Installation, component: Component): Container {
  const { containers } = objectOf<Deployment>(installation, "Deployment", component).spec.template.spec;
  const [container] = containers;
  if (container?.name !== component) throw new Error(`the first container is not ${component}`);
  return container;
}

/** The environment of a component's container. Values from Secrets are `secret`. */
export function environmentOf(installation: Installation, component: Component): Map<string, string> {
  const { data } = objectOf<KubernetesObject & { data: Record<string, string> }>(
    installation,
    "ConfigMap",
    component,
  );
  const own = (containerOf(installation, component).env ?? []).map(({ name, value }) => [
    name,
    value ?? "secret",
  ]);
  return new Map([...Object.entries(data), ...(own as [string, string][])]);
}
