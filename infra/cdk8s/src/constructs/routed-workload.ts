import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { serviceAccountAnnotations } from "../cloud/identity.ts";
import type { Component, RoutingServiceProps } from "../routing-service-props.ts";
import { autoscaler, type Scaling } from "./autoscaler.ts";
import { componentDeployment } from "./component-deployment.ts";
import { containerConfig } from "./container-config.ts";
import { serviceAnnotations } from "./ingress-route.ts";
import { hashOf, metadataOf, nameOf, selectorOf } from "./names.ts";
import { networkPolicy } from "./network-policies.ts";
import { egressOf, ingressOf } from "./network-rules.ts";
import { isAutoscaled } from "./replicas.ts";

export interface RoutedWorkloadOptions {
  readonly component: Component;
  /** Whether clients call it; else it has neither a Service nor a port of its own. */
  readonly isServing: boolean;
  readonly scaling: Scaling;
}

/** One component: its identity, configuration, pods, and all that keeps the pods many, apart and reachable. */
export class RoutedWorkload extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps, options: RoutedWorkloadOptions) {
    super(scope, id);
    const { component, isServing, scaling } = options;
    const { spec } = props;
    const name = nameOf(props, component);
    const metadata = metadataOf(props, name, component);
    const annotations = serviceAccountAnnotations(props, component);
    new k8s.KubeServiceAccount(this, "service-account", {
      metadata: { ...metadata, ...(annotations ? { annotations } : {}) },
      automountServiceAccountToken: false,
    });
    const data = containerConfig(props, component);
    new k8s.KubeConfigMap(this, "config", { metadata, data });
    if (spec.network.policies) {
      networkPolicy(this, props, component, {
        ingress: ingressOf(props, isServing),
        egress: egressOf(props),
      });
    }
    if (isServing) {
      const annotations = serviceAnnotations(props, name);
      new k8s.KubeService(this, "service", {
        metadata: { ...metadata, ...(annotations ? { annotations } : {}) },
        spec: {
          type: "ClusterIP",
          selector: selectorOf(props, component),
          ports: [
            { name: "http", port: 80, targetPort: k8s.IntOrString.fromString("http"), protocol: "TCP" },
          ],
        },
      });
    }
    componentDeployment(this, props, component, hashOf(data));
    new k8s.KubePodDisruptionBudget(this, "disruption-budget", {
      metadata,
      spec: {
        selector: { matchLabels: selectorOf(props, component) },
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        // A pod that is not ready serves nobody, and must not hold up the drain of its node.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    });
    if (isAutoscaled(spec[component])) autoscaler(this, props, component, scaling);
  }
}
