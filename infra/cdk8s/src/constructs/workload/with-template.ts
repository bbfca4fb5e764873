import type { KubernetesObject } from "../../kubernetes-object.ts";
import { merged } from "../../spec/merge-templates.ts";
import type { ComponentTemplate } from "../../spec/template-spec.ts";
import { restrictedContainer } from "./pod-security.ts";

type Fields = Readonly<Record<string, unknown>>;

interface PodSpec extends Fields {
  readonly containers: readonly [Fields, ...Fields[]];
  readonly securityContext: Fields;
}

/** A Deployment of ours, as JSON: the types of cdk8s lack fields of newer versions of Kubernetes. */
export interface OwnDeployment extends KubernetesObject {
  readonly spec: Fields & {
    readonly template: { readonly metadata: Fields; readonly spec: PodSpec };
  };
}

/** Adds a template's labels and annotations to metadata. Ours take precedence. */
export function withMetadata<M extends object>(metadata: M, template: Fields | undefined): M {
  const own = metadata as Fields;
  const maps = ["labels", "annotations"].flatMap((field) => {
    const map = { ...(template?.[field] as Fields | undefined), ...(own[field] as Fields | undefined) };
    return Object.keys(map).length === 0 ? [] : [[field, map] as const];
  });
  return { ...metadata, ...Object.fromEntries(maps) };
}

/** Adds a template to a Deployment. What the product needs stays as it is. */
export function withTemplate(deployment: OwnDeployment, given: ComponentTemplate): OwnDeployment {
  const template = withoutEmptyLists(given);
  const { metadata, spec } = deployment;
  return {
    ...deployment,
    metadata: withMetadata(metadata, template.deployment?.metadata),
    spec: {
      ...spec,
      template: {
        metadata: withMetadata(spec.template.metadata, template.pod?.metadata),
        spec: podOf(spec.template.spec, template),
      },
    },
  };
}

function podOf(pod: PodSpec, { pod: template = {}, container }: ComponentTemplate): PodSpec {
  const { metadata, assignedUser, containers = [], initContainers = [], ...fields } = template;
  const { volumes = [], topologySpreadConstraints = [], securityContext, ...others } = fields;
  const { runAsUser, runAsGroup, ...assigned } = pod.securityContext;
  const spread = listOf(pod, "topologySpreadConstraints");
  const [{ labelSelector, matchLabelKeys } = {}] = spread;
  return {
    ...pod,
    ...others,
    securityContext: { ...(assignedUser ? assigned : pod.securityContext), ...securityContext },
    topologySpreadConstraints: merged(
      "topologySpreadConstraints",
      spread,
      topologySpreadConstraints.map((each) => ({ ...each, labelSelector, matchLabelKeys })),
    ),
    ...nonEmpty("volumes", [...listOf(pod, "volumes"), ...volumes]),
    // Ours stays the first: kubectl shows its logs, and it names the ports of the Service.
    containers: [ownContainer(pod.containers[0], container), ...containers.map(sidecarOf)],
    ...nonEmpty("initContainers", initContainers.map(sidecarOf)),
  };
}

function ownContainer(own: Fields, template: ComponentTemplate["container"] = {}): Fields {
  const { env = [], envFrom = [], volumeMounts = [], securityContext, ...fields } = template;
  return {
    ...(merged("container", own, fields) as Fields),
    securityContext: secured(own.securityContext as Fields, securityContext),
    env: [...listOf(own, "env"), ...env],
    // Of two that set a variable, the last counts.
    envFrom: [...envFrom, ...listOf(own, "envFrom")],
    ...nonEmpty("volumeMounts", [...listOf(own, "volumeMounts"), ...volumeMounts]),
  };
}

function sidecarOf(container: Fields): Fields {
  const { securityContext } = container as { readonly securityContext?: Fields };
  return { ...container, securityContext: secured({ ...restrictedContainer() }, securityContext) };
}

/** A security context with what is given over it. One that adds a capability still drops all others. */
function secured(own: Fields, given: Fields = {}): Fields {
  const capabilities = { ...(own.capabilities as Fields), ...(given.capabilities as Fields | undefined) };
  return { ...own, ...given, capabilities };
}

function listOf(fields: Fields, name: string): readonly Fields[] {
  return (fields[name] as readonly Fields[] | undefined) ?? [];
}

/** Without empty lists, which mean nothing in a pod. */
function withoutEmptyLists<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutEmptyLists) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => !(Array.isArray(each) && each.length === 0));
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutEmptyLists(each)])) as T;
}

/** Nothing for an empty list, which the API server would drop, so that each apply would be a change. */
function nonEmpty(name: string, list: readonly unknown[]): Fields {
  return list.length === 0 ? {} : { [name]: list };
}
