import { Construct } from "constructs";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { utilization } from "./autoscaler.ts";
import { ComponentWorkload } from "./component-workload.ts";
import { DEFAULT_SCALE_DOWN } from "./scaling-behavior.ts";

/** The HTTP API. Scales by CPU. */
export class Api extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    new ComponentWorkload(this, "workload", props, {
      component: "api",
      isServing: true,
      scaling: { metrics: [utilization("cpu", props.spec.api.cpuPercent)], behavior: DEFAULT_SCALE_DOWN },
    });
  }
}
