import { OPERATOR_ANNOTATION } from "@dumbwaiter/infra";
import type { RoutingService } from "./routing-service.ts";

/**
 * The operator that manages a routing service, as `<namespace>/<leader lease>`: of several that watch it, only this one
 * writes. Undefined until the first one has claimed it. An empty annotation counts as none.
 */
export function operatorOf({ metadata, status }: RoutingService): string | undefined {
  return metadata.annotations?.[OPERATOR_ANNOTATION] || status?.operator;
}
