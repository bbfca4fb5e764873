import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { metadataOf, nameOf, type Part, selectorOf } from "../../object-metadata.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import type { PeersAndPorts } from "./network-rules.ts";

/** Denies all traffic to and from the pods; the other policies allow what is needed. */
export class DefaultDeny extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    new k8s.KubeNetworkPolicy(this, "policy", {
      metadata: metadataOf(props, nameOf(props, "default-deny")),
      spec: { podSelector: { matchLabels: selectorOf(props) }, policyTypes: ["Ingress", "Egress"] },
    });
  }
}

/** Allows the traffic to and from the pods of one part. */
export function networkPolicy(
  scope: Construct,
  props: Pick<RoutingServiceProps, "name" | "namespace">,
  part: Part,
  { ingress, egress }: { readonly ingress: PeersAndPorts[]; readonly egress: PeersAndPorts[] },
): k8s.KubeNetworkPolicy {
  return new k8s.KubeNetworkPolicy(scope, "network-policy", {
    metadata: metadataOf(props, nameOf(props, part), part),
    spec: {
      podSelector: { matchLabels: selectorOf(props, part) },
      policyTypes: ["Ingress", "Egress"],
      ingress: ingress.map(({ peers, ports }) => ({ from: peers, ports })),
      // The API server drops an empty list, so that each apply would be a change.
      ...(egress.length > 0 ? { egress: egress.map(({ peers, ports }) => ({ to: peers, ports })) } : {}),
    },
  });
}
