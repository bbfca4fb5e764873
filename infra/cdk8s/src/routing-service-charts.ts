import { type App, Chart } from "cdk8s";
import { cloudResources } from "./cloud/cloud-resources.ts";
import { ApiService } from "./constructs/api-service.ts";
import { CloudMessaging } from "./constructs/cloud-messaging.ts";
import { GatewayRoute } from "./constructs/gateway-route.ts";
import { IngressRoute } from "./constructs/ingress-route.ts";
import { Monitoring } from "./constructs/monitoring.ts";
import { DefaultDeny } from "./constructs/network-policies.ts";
import { Processor } from "./constructs/processor.ts";
import { Realtime } from "./constructs/realtime.ts";
import { WorkloadIdentity } from "./constructs/workload-identity.ts";
import type { RoutingServiceProps } from "./routing-service-props.ts";

/** The charts of a routing service in the order in which they are applied; those without objects are left out. */
export function routingServiceCharts(app: App, props: RoutingServiceProps): Chart[] {
  const { google, network, route, monitoring } = props.spec;
  const charts: Chart[] = [];
  const chart = (id: string) => {
    // Each construct names its objects itself: what a name is made from must never change.
    const made = new Chart(app, id, { namespace: props.namespace, disableResourceNameHashes: true });
    charts.push(made);
    return made;
  };
  if (google.cloudResources === "configConnector") {
    const cloud = chart("cloud");
    const resources = cloudResources(props);
    new CloudMessaging(cloud, "messaging", props, resources);
    new WorkloadIdentity(cloud, "identity", props, resources);
  }
  if (network.policies) new DefaultDeny(chart("network"), "default-deny", props);
  new ApiService(chart("api"), "api", props);
  new Processor(chart("processor"), "processor", props);
  new Realtime(chart("realtime"), "realtime", props);
  if (route.kind === "gateway") new GatewayRoute(chart("route"), "gateway", props);
  if (route.kind === "ingress") new IngressRoute(chart("route"), "ingress", props);
  if (monitoring.system !== "none" || monitoring.dashboard) {
    new Monitoring(chart("monitoring"), "monitoring", props);
  }
  return charts;
}
