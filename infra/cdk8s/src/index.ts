export { type CloudResources, cloudResources } from "./cloud/cloud-resources.ts";
export { gcloudScript } from "./cloud/gcloud-script.ts";
export type { Environment } from "./environments/environment.ts";
export { ENVIRONMENTS } from "./environments/index.ts";
export { InvalidSpecError, parseProps } from "./parse-props.ts";
export { type KubernetesObject, type RenderedChart, renderCharts, renderRoutingService } from "./render.ts";
export { chartsOf, filesOf } from "./render-environment.ts";
export {
  COMPONENTS,
  type Component,
  type RoutingServiceProps,
  type RoutingServiceSpec,
  type RoutingServiceSpecInput,
  routingServiceSpecSchema,
} from "./routing-service-props.ts";
export { SPEC_RULES, type SpecRule } from "./spec/rules.ts";
