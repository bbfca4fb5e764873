import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { nameOf, shortHash } from "../object-metadata.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import type { Binding, CloudResources, Target } from "./cloud-resources.ts";
import { configConnectorMetadata } from "./config-connector-metadata.ts";

const IAM = "iam.cnrm.cloud.google.com/v1beta1";
const PUBSUB = "pubsub.cnrm.cloud.google.com/v1beta1";

/** Service accounts and IAM bindings at Google, for Config Connector. */
export class WorkloadIdentity extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps, resources: CloudResources) {
    super(scope, id);
    for (const { component, id } of resources.serviceAccounts) {
      new ApiObject(this, `service-account-${component}`, {
        apiVersion: IAM,
        kind: "IAMServiceAccount",
        metadata: configConnectorMetadata(props, component, { keep: false }),
        spec: { resourceID: id, displayName: `Dumbwaiter ${component} (${props.namespace}/${props.name})` },
      });
    }
    for (const binding of resources.bindings) {
      const { holder, member, role, condition } = binding;
      const resource = resourceRef(props, binding);
      const spec = { member, role, resourceRef: resource, ...(condition && { condition }) };
      // Immutable, so a changed binding needs a new name.
      const part = `${holder}-${shortHash(spec)}`;
      new ApiObject(this, part, {
        apiVersion: IAM,
        kind: "IAMPolicyMember",
        metadata: configConnectorMetadata(props, part, { keep: false }),
        spec,
      });
    }
  }
}

function resourceRef(props: RoutingServiceProps, { on }: Binding) {
  const kinds: Readonly<Record<Target["kind"], { readonly kind: string; readonly apiVersion?: string }>> = {
    topic: { kind: "PubSubTopic", apiVersion: PUBSUB },
    subscription: { kind: "PubSubSubscription", apiVersion: PUBSUB },
    serviceAccount: { kind: "IAMServiceAccount", apiVersion: IAM },
    project: { kind: "Project" },
  };
  const ref = kinds[on.kind];
  if (on.kind === "project") return { ...ref, external: `projects/${props.spec.google.project}` };
  return { ...ref, name: nameOf(props, on.kind === "serviceAccount" ? on.component : on.role) };
}
