import { COMPONENTS } from "../spec/components.ts";
import { mebibytes } from "../spec/quantities.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import type { RecordingRule } from "./recording-rule.ts";

const MIB = 1024 * 1024;

export const MAX_PODS = "service:dumbwaiter_pods:max";
export const MEMORY_LIMIT = "service:dumbwaiter_memory_bytes:limit";

/** What the spec allows, as series: the dashboard shows what there is against it. */
export function limitRecords({ spec }: RoutingServiceProps): RecordingRule[] {
  return COMPONENTS.flatMap((service) => {
    const { replicas, resources } = spec[service];
    return [
      { record: MAX_PODS, expr: `vector(${replicas.max})`, labels: { service } },
      { record: MEMORY_LIMIT, expr: `vector(${MIB * mebibytes(resources.memory)})`, labels: { service } },
    ];
  });
}
