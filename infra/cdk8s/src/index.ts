export { ENVIRONMENTS } from "../environments/index.ts";
export { cloudResources } from "./cloud/cloud-resources.ts";
export { gcloudScript } from "./cloud/gcloud-script.ts";
export { minimumAvailable } from "./constructs/workload/disruption.ts";
export { customResourceDefinition, ROUTING_SERVICE } from "./crd/custom-resource-definition.ts";
export { OPERATOR_ANNOTATION, type RoutingServiceStatus } from "./crd/routing-service-status.ts";
export { isBuiltInKind, type KubernetesObject } from "./kubernetes-object.ts";
export { yamlDocuments } from "./manifest-text.ts";
export { operatorAlerts } from "./monitoring/operator-alerts.ts";
export { COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY } from "./object-metadata.ts";
export { renderCloudResources, renderRoutingService } from "./render-routing-service.ts";
export { type Claim, claimsOf, type StatusNames, statusNames } from "./spec/claims.ts";
export { type Names, type NamingSpec, namesOf, namingSchema } from "./spec/names.ts";
export { InvalidSpecError, parseProps } from "./spec/parse-props.ts";
export { mebibytes } from "./spec/quantities.ts";
export { REFERENCES as REFERENCES_ANNOTATION } from "./spec/reserved-names.ts";
export {
  COMPONENTS,
  type Component,
  type RoutingServiceProps,
  type RoutingServiceSpecInput,
  routingServiceSpecSchema,
} from "./spec/routing-service-props.ts";
export { SPEC_RULES } from "./spec/rules.ts";

export { VERSION } from "./version.ts";
