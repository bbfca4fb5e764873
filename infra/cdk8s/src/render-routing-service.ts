import { App, Chart } from "cdk8s";
import { CloudMessaging } from "./cloud/cloud-messaging.ts";
import { cloudResources } from "./cloud/cloud-resources.ts";
import { WorkloadIdentity } from "./cloud/workload-identity.ts";
import { DefaultDeny } from "./constructs/network/network-policies.ts";
import { GatewayRoute } from "./constructs/route/gateway-route.ts";
import { IngressRoute } from "./constructs/route/ingress-route.ts";
import { Api } from "./constructs/workload/api.ts";
import { Processor } from "./constructs/workload/processor.ts";
import { Realtime } from "./constructs/workload/realtime.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import type { RoutingServiceProps } from "./spec/routing-service-props.ts";

/** The objects of one chart. */
export interface RenderedChart {
  readonly id: string;
  readonly objects: readonly KubernetesObject[];
}

/** Every object of a routing service, in the order in which to apply them. Pure: reads and writes nothing. */
export function renderRoutingService(props: RoutingServiceProps): KubernetesObject[] {
  return renderCharts(props).flatMap(({ objects }) => objects);
}

/** The same, grouped by chart. */
export function renderCharts(props: RoutingServiceProps): RenderedChart[] {
  return chartsOf(new App(), props).map((chart) => ({ id: chart.node.id, objects: chart.toJson() }));
}

/** Its objects for Config Connector, also if the spec leaves Google Cloud's resources to somebody else. */
export function renderCloudResources(props: RoutingServiceProps): KubernetesObject[] {
  const chart = new Chart(new App(), "cloud", {
    namespace: props.namespace,
    disableResourceNameHashes: true,
  });
  addCloudResources(chart, props);
  return chart.toJson();
}

function addCloudResources(chart: Chart, props: RoutingServiceProps): void {
  const resources = cloudResources(props);
  new CloudMessaging(chart, "messaging", props, resources);
  new WorkloadIdentity(chart, "identity", props, resources);
}

/** The charts of a routing service in the order in which to apply them, without those that hold no objects. */
function chartsOf(app: App, props: RoutingServiceProps): Chart[] {
  const { google, network, route, monitoring } = props.spec;
  const charts: Chart[] = [];
  const chart = (id: string) => {
    // Each construct names its objects itself: a hash in a name would change with the tree of constructs.
    const created = new Chart(app, id, { namespace: props.namespace, disableResourceNameHashes: true });
    charts.push(created);
    return created;
  };
  if (google.cloudResources === "configConnector") addCloudResources(chart("cloud"), props);
  if (network.policies) new DefaultDeny(chart("network"), "default-deny", props);
  new Api(chart("api"), "api", props);
  new Processor(chart("processor"), "processor", props);
  new Realtime(chart("realtime"), "realtime", props);
  if (route.kind === "gateway") new GatewayRoute(chart("route"), "gateway", props);
  if (route.kind === "ingress") new IngressRoute(chart("route"), "ingress", props);
  if (monitoring.system !== "none" || monitoring.dashboard) {
    new Monitoring(chart("monitoring"), "monitoring", props);
  }
  return charts;
}
