import { nameOf, shortHash } from "../object-metadata.ts";
import { isOfVersion010 } from "../spec/names.ts";
import type { Component, RoutingServiceProps, RoutingServiceSpec } from "../spec/routing-service-props.ts";

/** What the IDs of Google service accounts depend on. */
interface AccountOwner extends Omit<RoutingServiceProps, "spec"> {
  readonly spec: Pick<RoutingServiceSpec, "google">;
}

const MAX_ACCOUNT_ID = 30;

/** The member of IAM policies that a component is. */
export function memberOf(props: RoutingServiceProps, component: Component): string {
  if (props.spec.google.workloadIdentity === "impersonation") {
    return `serviceAccount:${googleServiceAccountOf(props, component)}`;
  }
  const { project, projectNumber } = clusterOf(props);
  const subject = `subject/ns/${props.namespace}/sa/${nameOf(props, component)}`;
  return `principal://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${project}.svc.id.goog/${subject}`;
}

/** The member that may impersonate a component's Google service account: its Kubernetes service account. */
export function impersonatorOf(props: RoutingServiceProps, component: Component): string {
  return `serviceAccount:${clusterOf(props).project}.svc.id.goog[${props.namespace}/${nameOf(props, component)}]`;
}

/** With a hash, because Google's limit is 30 characters, and others in the project may have the same name. */
export function accountIdOf(props: AccountOwner, component: Component): string {
  const id = nameOf(props, component);
  const isOld = isOfVersion010(props.spec);
  // It added a hash to longer names only.
  if (isOld && id.length <= MAX_ACCOUNT_ID) return id;
  const hash = shortHash([props.namespace, props.name]);
  const tail = `-${isOld ? hash.slice(0, 6) : hash}-${component}`;
  return `${props.name.slice(0, MAX_ACCOUNT_ID - tail.length)}${tail}`;
}

function googleServiceAccountOf(props: RoutingServiceProps, component: Component): string {
  return `${accountIdOf(props, component)}@${props.spec.google.project}.iam.gserviceaccount.com`;
}

/** Ties a Kubernetes service account to the Google service account that it impersonates. */
export function serviceAccountAnnotations(
  props: RoutingServiceProps,
  component: Component,
): Record<string, string> | undefined {
  const { emulators, workloadIdentity } = props.spec.google;
  if (emulators || workloadIdentity === "direct") return undefined;
  return { "iam.gke.io/gcp-service-account": googleServiceAccountOf(props, component) };
}

/** Pub/Sub's service agent, which forwards messages to dead-letter topics. */
export function pubsubServiceAgent({ spec }: RoutingServiceProps): string {
  return `serviceAccount:service-${spec.google.projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
}

function clusterOf({ spec }: RoutingServiceProps) {
  const { project, projectNumber, cluster } = spec.google;
  return cluster ?? { project, projectNumber };
}
