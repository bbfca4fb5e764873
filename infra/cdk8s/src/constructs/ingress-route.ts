import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import type { RoutingServiceProps } from "../routing-service-props.ts";
import { BackendConfigs } from "./load-balancer-policies.ts";
import { metadataOf, nameOf } from "./names.ts";
import { ROUTES } from "./routes.ts";

const GKE_CLASSES: readonly (string | undefined)[] = ["gce", "gce-internal"];

/** A plain Ingress: GKE's own, or any controller's that lets WebSockets through. */
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
          // GKE's controller ignores the field, and takes what names no class for `gce`.
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

/** What makes an Ingress of GKE send to the pods themselves, and by our settings. */
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
