import { CONFIG_CONNECTOR_CRDS } from "./config-connector.ts";
import type { Crd } from "./crd.ts";
import { GATEWAY_API_CRDS } from "./gateway-api.ts";
import { GKE_CRDS } from "./gke.ts";
import { PROMETHEUS_CRDS } from "./prometheus.ts";

/**
 * The custom kinds of other projects that we create, written down from their documentation, so that the tests depend
 * on nothing outside this repository. They have the fields that we use and their neighbours, with the types, bounds
 * and rules of the real CRDs. Any other field is refused.
 */
export const DOCUMENTED_CRDS: readonly Crd[] = [
  ...CONFIG_CONNECTOR_CRDS,
  ...GATEWAY_API_CRDS,
  ...GKE_CRDS,
  ...PROMETHEUS_CRDS,
];
