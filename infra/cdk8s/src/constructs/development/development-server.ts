import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import {
  labelsOf,
  metadataOf,
  nameOf,
  type DevelopmentServer as Part,
  selectorOf,
} from "../../object-metadata.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { networkPolicy } from "../network/network-policies.ts";
import { namespaces, pods, tcp } from "../network/network-rules.ts";
import { RESTRICTED_POD } from "../workload/pod-security.ts";

interface DevelopmentServerOptions {
  readonly part: Part;
  readonly initContainers?: k8s.Container[];
  readonly container: k8s.Container;
  /** Ports by name, on the pod and on its Service. */
  readonly ports: Readonly<Record<string, number>>;
}

/** A single-pod server that keeps its data in memory. For development only. */
export class DevelopmentServer extends Construct {
  readonly deployment: ApiObject;

  constructor(scope: Construct, id: string, props: RoutingServiceProps, options: DevelopmentServerOptions) {
    super(scope, id);
    const { part, container, initContainers, ports } = options;
    const metadata = metadataOf(props, nameOf(props, part), part);
    new k8s.KubeService(this, "service", {
      metadata,
      spec: {
        selector: selectorOf(props, part),
        ports: Object.entries(ports).map(([name, port]) => ({
          name,
          port,
          targetPort: k8s.IntOrString.fromNumber(port),
          protocol: "TCP",
        })),
      },
    });
    const callers = [pods(selectorOf(props)), ...namespaces(props.spec.network.fromNamespaces)];
    networkPolicy(this, props, part, {
      ingress: [{ peers: callers, ports: Object.values(ports).map(tcp) }],
      egress: [],
    });
    const manifest = k8s.KubeDeployment.manifest({
      metadata,
      spec: {
        replicas: 1,
        // Two pods at once would have separate data.
        strategy: { type: "Recreate" },
        selector: { matchLabels: selectorOf(props, part) },
        template: {
          metadata: { labels: labelsOf(props, part) },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 5,
            securityContext: RESTRICTED_POD,
            ...(initContainers ? { initContainers } : {}),
            containers: [container],
            volumes: [{ name: "tmp", emptyDir: {} }],
          },
        },
      },
    });
    this.deployment = new ApiObject(this, "deployment", manifest);
  }
}
