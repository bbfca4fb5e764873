import type { RoutingService } from "@dumbwaiter/routing-service";

/** Hands a routing service to another operator. */
const OPERATOR_ANNOTATION = "dumbwaiter.io/operator";

/**
 * The operator that manages a routing service, as `<namespace>/<leader lease>`: of several that watch it, only this one
 * writes. Undefined until the first one has claimed it.
 */
export function operatorOf({ metadata, status }: RoutingService): string | undefined {
  return metadata.annotations?.[OPERATOR_ANNOTATION] ?? status?.operator;
}
