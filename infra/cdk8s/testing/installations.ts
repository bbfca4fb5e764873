import { ENVIRONMENTS } from "../environments/index.ts";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import { chartsOf } from "../src/render-environment.ts";
import { type RenderedChart, renderCharts } from "../src/render-routing-service.ts";
import { parseProps } from "../src/spec/parse-props.ts";
import type { RoutingServiceProps } from "../src/spec/routing-service-props.ts";
import { VARIANTS } from "./variants.ts";

export interface Installation {
  readonly name: string;
  readonly props: RoutingServiceProps;
  readonly charts: readonly RenderedChart[];
}

/** Every environment and every variant, rendered. */
export const INSTALLATIONS: readonly Installation[] = [
  ...ENVIRONMENTS.map((environment) => ({
    name: environment.id,
    props: parseProps(environment.name, environment.namespace, environment.spec),
    charts: chartsOf(environment),
  })),
  ...Object.entries(VARIANTS).map(([name, spec]) => {
    const props = parseProps("dumbwaiter", "messages", spec);
    return { name, props, charts: renderCharts(props) };
  }),
];

export function objectsOf({ charts }: Installation, ...kinds: readonly string[]): KubernetesObject[] {
  const objects = charts.flatMap((chart) => chart.objects);
  return kinds.length === 0 ? objects : objects.filter(({ kind }) => kinds.includes(kind));
}
