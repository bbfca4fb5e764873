import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import type { RoutingServiceProps } from "../routing-service-props.ts";
import { metadataOf, nameOf, type Part, selectorOf } from "./names.ts";
import type { PeersAndPorts } from "./network-rules.ts";

/** Nothing may talk to any pod of ours, nor any pod of ours to anything; other policies add what is needed. */
export class DefaultDeny extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    new k8s.KubeNetworkPolicy(this, "policy", {
      metadata: metadataOf(props, nameOf(props, "default-deny")),
      spec: { podSelector: { matchLabels: selectorOf(props) }, policyTypes: ["Ingress", "Egress"] },
    });
  }
}

/** Who may talk to the pods of a part, and to whom they may talk. */
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
      // The API server forgets an empty list, and would see a change each time that it is applied.
      ...(egress.length > 0 ? { egress: egress.map(({ peers, ports }) => ({ to: peers, ports })) } : {}),
    },
  });
}
