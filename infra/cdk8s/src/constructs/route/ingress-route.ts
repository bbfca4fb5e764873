import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import { isGkeIngress } from "../../spec/gke-load-balancer.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { BackendConfigs, hasFrontendConfig } from "./load-balancer-policies.ts";
import { ROUTES } from "./routes.ts";

/** An Ingress: GKE's, or that of any controller that supports WebSocket. */
export class IngressRoute extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { className, host, tlsSecret, annotations } = props.spec.route;
    const isGke = isGkeIngress(props.spec.route);
    new k8s.KubeIngress(this, "ingress", {
      metadata: {
        ...metadataOf(props, props.name),
        annotations: {
          ...annotations,
          // GKE's controller ignores `ingressClassName`, and treats an Ingress without the annotation as `gce`.
          ...(className === "gce-internal" ? { "kubernetes.io/ingress.class": className } : {}),
          ...(hasFrontendConfig(props) ? { "networking.gke.io/v1beta1.FrontendConfig": props.name } : {}),
        },
      },
      spec: {
        ...(className && !isGke ? { ingressClassName: className } : {}),
        ...(tlsSecret && host ? { tls: [{ hosts: [host], secretName: tlsSecret }] } : {}),
        rules: [
          {
            ...(host ? { host } : {}),
            http: {
              paths: ROUTES.map(({ path, component }) => ({
                path,
                pathType: "Prefix",
                backend: { service: { name: nameOf(props, component), port: { name: "http" } } },
              })),
            },
          },
        ],
      },
    });
    if (isGke) new BackendConfigs(this, "backends", props);
  }
}

/** Makes an Ingress of GKE use container-native load balancing and our BackendConfig. */
export function serviceAnnotations(
  props: RoutingServiceProps,
  name: string,
): Record<string, string> | undefined {
  if (!isGkeIngress(props.spec.route)) return undefined;
  return {
    "cloud.google.com/neg": JSON.stringify({ ingress: true }),
    "cloud.google.com/backend-config": JSON.stringify({ default: name }),
  };
}
