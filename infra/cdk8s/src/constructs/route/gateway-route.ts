import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import { isGkeGateway } from "../../spec/gke-load-balancer.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { LoadBalancerPolicies } from "./load-balancer-policies.ts";
import { ROUTES } from "./routes.ts";

const GATEWAY = "gateway.networking.k8s.io/v1";
const DEFAULT_CLASS = "gke-l7-global-external-managed";

const HTTPS = "https";
const HTTP = "http";

/** An HTTPRoute on a Gateway, its own or an existing one; on one of GKE, with policies for long-lived connections. */
export class GatewayRoute extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { route } = props.spec;
    const { existingGateway, redirectToHttps } = route;
    if (existingGateway === undefined) this.#gateway(props);
    const own = { name: props.name, ...(redirectToHttps ? { sectionName: HTTPS } : {}) };
    this.#route(props, "route", props.name, existingGateway ?? own, rulesOf(props));
    if (redirectToHttps) {
      const redirect = { type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } };
      this.#route(props, "redirect", nameOf(props, "redirect"), { name: props.name, sectionName: HTTP }, [
        { filters: [redirect] },
      ]);
    }
    if (isGkeGateway(route)) new LoadBalancerPolicies(this, "policies", props);
  }

  #route(props: RoutingServiceProps, id: string, name: string, parent: object, rules: object[]): void {
    new ApiObject(this, id, {
      apiVersion: GATEWAY,
      kind: "HTTPRoute",
      metadata: metadataOf(props, name),
      spec: { parentRefs: [parent], hostnames: [props.spec.route.host], rules },
    });
  }

  #gateway(props: RoutingServiceProps): void {
    const { className, certificateMap, tlsSecret, address, annotations, host, redirectToHttps } =
      props.spec.route;
    const allowedRoutes = { namespaces: { from: "Same" } };
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
            name: HTTPS,
            protocol: "HTTPS",
            port: 443,
            hostname: host,
            ...(tlsSecret ? { tls: { mode: "Terminate", certificateRefs: [{ name: tlsSecret }] } } : {}),
            allowedRoutes,
          },
          ...(redirectToHttps
            ? [{ name: HTTP, protocol: "HTTP", port: 80, hostname: host, allowedRoutes }]
            : []),
        ],
      },
    });
  }
}

function rulesOf(props: RoutingServiceProps): object[] {
  return ROUTES.map(({ path, component }) => ({
    matches: [{ path: { type: "PathPrefix", value: path } }],
    backendRefs: [{ name: nameOf(props, component), port: 80 }],
  }));
}
