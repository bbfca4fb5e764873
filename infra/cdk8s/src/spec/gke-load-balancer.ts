import type { z } from "zod";
import type { routeSpec } from "./route-spec.ts";

type Route = Pick<z.output<typeof routeSpec>, "kind" | "className" | "existingGateway">;

const GATEWAY_PREFIX = "gke-";
const INGRESS_CLASSES = ["gce", "gce-internal"];

/** Whether GKE serves the Gateway. It makes all classes itself, and no other controller's begin as they do. */
export function isGkeGateway({ kind, className }: Route): boolean {
  return kind === "gateway" && (className ?? GATEWAY_PREFIX).startsWith(GATEWAY_PREFIX);
}

/** Whether GKE serves the Ingress. */
export function isGkeIngress({ kind, className }: Route): boolean {
  return kind === "ingress" && className !== undefined && INGRESS_CLASSES.includes(className);
}

/** Whether GKE serves an external Ingress: it has no FrontendConfig for an internal one. */
export function isExternalGkeIngress(route: Route): boolean {
  return isGkeIngress(route) && route.className === "gce";
}

export function isDedicatedGateway({ kind, existingGateway }: Route): boolean {
  return kind === "gateway" && existingGateway === undefined;
}

/** The same in CEL, where `self` is the spec. */
export const GKE_CEL = {
  gateway: `(self.route.kind == 'gateway' && (!has(self.route.className) || self.route.className.startsWith('${GATEWAY_PREFIX}')))`,
  ingress: `(self.route.kind == 'ingress' && has(self.route.className) && self.route.className in ${JSON.stringify(INGRESS_CLASSES).replaceAll('"', "'")})`,
  externalIngress:
    "(self.route.kind == 'ingress' && has(self.route.className) && self.route.className == 'gce')",
  dedicatedGateway: "(self.route.kind == 'gateway' && !has(self.route.existingGateway))",
} as const;
