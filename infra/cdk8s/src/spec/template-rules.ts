import { COMPONENTS } from "./components.ts";
import { GKE_CEL, isGkeIngress } from "./gke-load-balancer.ts";
import type { RoutingServiceSpec } from "./routing-service-props.ts";
import type { SpecRule } from "./spec-rule.ts";
import type { ComponentTemplate } from "./template-spec.ts";

const TEMPLATES = ["template", ...COMPONENTS.map((component) => `${component}.template`)];

/** Annotations that other fields of the spec set. */
export const TEMPLATE_RULES: readonly SpecRule[] = [
  {
    message:
      "a template must not annotate a ServiceAccount with iam.gke.io/gcp-service-account if google.workloadIdentity is impersonation",
    cel: `self.google.workloadIdentity != 'impersonation' || has(self.google.emulators) || ${annotatesNone("serviceAccount", ["iam.gke.io/gcp-service-account"])}`,
    holds: (spec) =>
      spec.google.workloadIdentity !== "impersonation" ||
      spec.google.emulators !== undefined ||
      !annotates(spec, "serviceAccount", ["iam.gke.io/gcp-service-account"]),
  },
  {
    message:
      "a template must not annotate a Service with cloud.google.com/neg or cloud.google.com/backend-config if route is an Ingress of GKE",
    cel: `!${GKE_CEL.ingress} || ${annotatesNone("service", ["cloud.google.com/neg", "cloud.google.com/backend-config"])}`,
    holds: (spec) =>
      !isGkeIngress(spec.route) ||
      !annotates(spec, "service", ["cloud.google.com/neg", "cloud.google.com/backend-config"]),
  },
];

function annotatesNone(object: string, keys: readonly string[]): string {
  const annotations = TEMPLATES.map((template) => {
    const path = [...template.split("."), object, "metadata", "annotations"];
    return `self.${path.map((field) => `?${field}`).join(".")}.orValue({})`;
  });
  return keys.flatMap((key) => annotations.map((each) => `!('${key}' in ${each})`)).join(" && ");
}

function annotates(
  spec: RoutingServiceSpec,
  object: "service" | "serviceAccount",
  keys: readonly string[],
): boolean {
  const templates: (ComponentTemplate | undefined)[] = [
    spec.template,
    ...COMPONENTS.map((component) => spec[component].template),
  ];
  return templates.some((template) =>
    keys.some((key) => Object.hasOwn(template?.[object]?.metadata?.annotations ?? {}, key)),
  );
}
