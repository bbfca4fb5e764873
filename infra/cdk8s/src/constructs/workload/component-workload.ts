import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { serviceAccountAnnotations } from "../../cloud/identity.ts";
import { metadataOf, nameOf, selectorOf, shortHash } from "../../object-metadata.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import type { Component, RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { networkPolicy } from "../network/network-policies.ts";
import { egressOf, ingressOf } from "../network/network-rules.ts";
import { serviceAnnotations } from "../route/ingress-route.ts";
import { autoscaler, hasAutoscaler, type Scaling } from "./autoscaler.ts";
import { componentDeployment } from "./component-deployment.ts";
import { containerConfig } from "./container-config.ts";
import { disruptionBudget } from "./disruption.ts";
import { withMetadata } from "./with-template.ts";

interface ComponentWorkloadOptions {
  readonly component: Component;
  /** Whether clients call it. If not, it has no Service and no port other than the admin port. */
  readonly isServing: boolean;
  readonly scaling: Scaling;
}

/** One component: service account, configuration, pods, and what scales, protects and exposes the pods. */
export class ComponentWorkload extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps, options: ComponentWorkloadOptions) {
    super(scope, id);
    const { component, isServing, scaling } = options;
    const { spec } = props;
    const name = nameOf(props, component);
    const metadata = metadataOf(props, name, component);
    const template = templateOf(spec, component);
    const annotations = serviceAccountAnnotations(props, component);
    new k8s.KubeServiceAccount(this, "service-account", {
      metadata: withMetadata(
        { ...metadata, ...(annotations ? { annotations } : {}) },
        template.serviceAccount?.metadata,
      ),
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
      const { metadata: added, ipFamilyPolicy, ipFamilies } = template.service ?? {};
      new k8s.KubeService(this, "service", {
        metadata: withMetadata({ ...metadata, ...(annotations ? { annotations } : {}) }, added),
        spec: {
          ...(ipFamilyPolicy ? { ipFamilyPolicy } : {}),
          ...(ipFamilies ? { ipFamilies } : {}),
          type: "ClusterIP",
          selector: selectorOf(props, component),
          ports: [
            { name: "http", port: 80, targetPort: k8s.IntOrString.fromString("http"), protocol: "TCP" },
          ],
        },
      });
    }
    componentDeployment(this, props, component, shortHash(data));
    new k8s.KubePodDisruptionBudget(this, "disruption-budget", {
      metadata,
      spec: {
        selector: { matchLabels: selectorOf(props, component) },
        ...disruptionBudget(template.podDisruptionBudget),
        // A pod that is not ready serves no traffic and must not block a node drain.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    });
    if (hasAutoscaler(spec[component])) autoscaler(this, props, component, scaling);
  }
}
