import {
  GKE_CEL,
  isDedicatedGateway,
  isExternalGkeIngress,
  isGkeGateway,
  isGkeIngress,
} from "./gke-load-balancer.ts";
import type { SpecRule } from "./spec-rule.ts";

export const ROUTE_RULES: readonly SpecRule[] = [
  {
    message: "route.host is required for a gateway or an ingress",
    cel: "self.route.kind == 'none' || has(self.route.host)",
    holds: ({ route }) => route.kind === "none" || route.host !== undefined,
  },
  {
    message:
      "exactly one of route.certificateMap and route.tlsSecret is required if route.kind is gateway, unless route.existingGateway is set",
    cel: "self.route.kind != 'gateway' || has(self.route.existingGateway) || has(self.route.certificateMap) != has(self.route.tlsSecret)",
    holds: ({ route }) =>
      route.kind !== "gateway" ||
      route.existingGateway !== undefined ||
      (route.certificateMap !== undefined) !== (route.tlsSecret !== undefined),
  },
  {
    message: "route.securityPolicy and route.logSamplePercent require a Gateway or an Ingress of GKE",
    cel: `(!has(self.route.securityPolicy) && !has(self.route.logSamplePercent)) || ${GKE_CEL.gateway} || ${GKE_CEL.ingress}`,
    holds: ({ route }) =>
      (route.securityPolicy === undefined && route.logSamplePercent === undefined) ||
      isGkeGateway(route) ||
      isGkeIngress(route),
  },
  {
    message: "route.sslPolicy requires a dedicated Gateway of GKE or an Ingress of class gce",
    cel: `!has(self.route.sslPolicy) || (${GKE_CEL.gateway} && ${GKE_CEL.dedicatedGateway}) || ${GKE_CEL.externalIngress}`,
    holds: ({ route }) =>
      route.sslPolicy === undefined ||
      (isGkeGateway(route) && isDedicatedGateway(route)) ||
      isExternalGkeIngress(route),
  },
  {
    message: "route.redirectToHttps requires a dedicated Gateway or an Ingress of class gce",
    cel: `!self.route.redirectToHttps || ${GKE_CEL.dedicatedGateway} || ${GKE_CEL.externalIngress}`,
    holds: ({ route }) => !route.redirectToHttps || isDedicatedGateway(route) || isExternalGkeIngress(route),
  },
];
