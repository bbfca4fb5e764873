import type { RoutingServiceSpec } from "./routing-service-props.ts";

/**
 * A rule between fields, stated twice: as code, and as CEL for the API server (`self` is the spec, `oldSelf` the one
 * that it replaces).
 */
export interface SpecRule {
  readonly message: string;
  readonly cel: string;
  readonly holds: (spec: RoutingServiceSpec, previous: RoutingServiceSpec) => boolean;
}
