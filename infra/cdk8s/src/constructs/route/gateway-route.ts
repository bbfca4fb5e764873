import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { LoadBalancerPolicies } from "./load-balancer-policies.ts";
import { ROUTES } from "./routes.ts";

const GATEWAY = "gateway.networking.k8s.io/v1";
const DEFAULT_CLASS = "gke-l7-global-external-managed";

/** An HTTPRoute on a Gateway of GKE, its own or an existing one, with policies for long-lived connections. */
export class GatewayRoute extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { existingGateway, host } = props.spec.route;
    if (existingGateway === undefined) this.#gateway(props);
    new ApiObject(this, "route", {
      apiVersion: GATEWAY,
      kind: "HTTPRoute",
      metadata: metadataOf(props, props.name),
      spec: {
        parentRefs: [existingGateway ?? { name: props.name }],
        hostnames: [host],
        rules: ROUTES.map(({ path, component }) => ({
          matches: [{ path: { type: "PathPrefix", value: path } }],
          backendRefs: [{ name: nameOf(props, component), port: 80 }],
        })),
      },
    });
    new LoadBalancerPolicies(this, "policies", props);
  }

  #gateway(props: RoutingServiceProps): void {
    const { className, certificateMap, tlsSecret, address, annotations, host } = props.spec.route;
    new ApiObject(this, "gateway", {
      apiVersion: GATEWAY,
      kind: "Gateway",
      metadata: {
        ...metadataOf(props, props.name),
        annotations: {
          ...annotations,
          ...(certificateMap ? { "networking.gke.io/certmap": certificateMap } : {}),
        },
      },
      spec: {
        gatewayClassName: className ?? DEFAULT_CLASS,
        ...(address ? { addresses: [{ type: "NamedAddress", value: address }] } : {}),
        listeners: [
          {
            name: "https",
            protocol: "HTTPS",
            port: 443,
            hostname: host,
            ...(tlsSecret ? { tls: { mode: "Terminate", certificateRefs: [{ name: tlsSecret }] } } : {}),
            allowedRoutes: { namespaces: { from: "Same" } },
          },
        ],
      },
    });
  }
}
