import { App } from "cdk8s";
import { routingServiceCharts } from "./routing-service-charts.ts";
import type { RoutingServiceProps } from "./routing-service-props.ts";

/** An object for the API server, as JSON. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Objects that belong together, and the name of what holds them. */
export interface RenderedChart {
  readonly id: string;
  readonly objects: readonly KubernetesObject[];
}

/** Every object of a routing service, in the order in which to apply them. Pure: nothing is read or written. */
export function renderRoutingService(props: RoutingServiceProps): KubernetesObject[] {
  return renderCharts(props).flatMap(({ objects }) => objects);
}

/** The same, chart by chart. */
export function renderCharts(props: RoutingServiceProps): RenderedChart[] {
  return routingServiceCharts(new App(), props).map((chart) => ({
    id: chart.node.id,
    objects: chart.toJson(),
  }));
}
