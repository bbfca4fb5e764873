import type { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { averageValue, socketScaleDown, utilization } from "./autoscaler.ts";
import { ComponentWorkload } from "./component-workload.ts";

/** The Socket.IO API. Scales by memory, and by open sockets if an adapter serves them. */
export class Realtime extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { memoryPercent, drainSeconds } = props.spec.realtime;
    new ComponentWorkload(this, "workload", props, {
      component: "realtime",
      isServing: true,
      scaling: {
        metrics: [...socketsMetric(props), utilization("memory", memoryPercent)],
        behavior: socketScaleDown(drainSeconds),
      },
    });
  }
}

function socketsMetric({ spec }: RoutingServiceProps): k8s.MetricSpecV2[] {
  const { sockets } = spec.realtime;
  if (sockets === undefined) return [];
  const metric = { name: sockets.metricName };
  return [{ type: "Pods", pods: { metric, target: averageValue(sockets.perPod) } }];
}
