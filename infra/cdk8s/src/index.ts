export type { Environment } from "../environments/environment.ts";
export { ENVIRONMENTS } from "../environments/index.ts";
export { type CloudResources, cloudResources } from "./cloud/cloud-resources.ts";
export { gcloudScript } from "./cloud/gcloud-script.ts";
export { customResourceDefinition, ROUTING_SERVICE } from "./crd/custom-resource-definition.ts";
export { type RoutingServiceStatus, routingServiceStatusSchema } from "./crd/routing-service-status.ts";
export type { KubernetesObject } from "./kubernetes-object.ts";
export { yamlDocuments } from "./manifest-text.ts";
export { COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY } from "./object-metadata.ts";
export { chartsOf, filesOf } from "./render-environment.ts";
export { type RenderedChart, renderCharts, renderRoutingService } from "./render-routing-service.ts";
export { InvalidSpecError, parseProps } from "./spec/parse-props.ts";
export {
  COMPONENTS,
  type Component,
  type RoutingServiceProps,
  type RoutingServiceSpec,
  type RoutingServiceSpecInput,
  routingServiceSpecSchema,
} from "./spec/routing-service-props.ts";
export { SPEC_RULES } from "./spec/rules.ts";
export type { SpecRule } from "./spec/spec-rule.ts";
export { VERSION } from "./version.ts";
