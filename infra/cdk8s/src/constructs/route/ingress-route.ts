import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { BackendConfigs } from "./load-balancer-policies.ts";
import { ROUTES } from "./routes.ts";

const GKE_CLASSES: readonly (string | undefined)[] = ["gce", "gce-internal"];

/** An Ingress: GKE's, or that of any controller that supports WebSocket. */
export class IngressRoute extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { className, host, tlsSecret, annotations } = props.spec.route;
    const isGke = isGkeIngress(props);
    new k8s.KubeIngress(this, "ingress", {
      metadata: {
        ...metadataOf(props, props.name),
        annotations: {
          ...annotations,
          // GKE's controller ignores `ingressClassName`, and treats an Ingress without the annotation as `gce`.
          ...(className === "gce-internal" ? { "kubernetes.io/ingress.class": className } : {}),
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

function isGkeIngress({ spec }: RoutingServiceProps): boolean {
  return spec.route.kind === "ingress" && GKE_CLASSES.includes(spec.route.className);
}

/** Makes an Ingress of GKE use container-native load balancing and our BackendConfig. */
export function serviceAnnotations(
  props: RoutingServiceProps,
  name: string,
): Record<string, string> | undefined {
  if (!isGkeIngress(props)) return undefined;
  return {
    "cloud.google.com/neg": JSON.stringify({ ingress: true }),
    "cloud.google.com/backend-config": JSON.stringify({ default: name }),
  };
}
