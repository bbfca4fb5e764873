import type { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { podsMetric, utilization } from "./autoscaler.ts";
import { ComponentWorkload } from "./component-workload.ts";
import { socketScaleDown } from "./scaling-behavior.ts";

/**
 * The Socket.IO API. Scales by memory and CPU, and by open sockets and the lag of the event loop if an adapter serves
 * them.
 */
export class Realtime extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { memoryPercent, cpuPercent, drainSeconds } = props.spec.realtime;
    new ComponentWorkload(this, "workload", props, {
      component: "realtime",
      isServing: true,
      scaling: {
        metrics: [
          ...adapterMetrics(props),
          utilization("memory", memoryPercent),
          utilization("cpu", cpuPercent),
        ],
        behavior: socketScaleDown(drainSeconds),
      },
    });
  }
}

function adapterMetrics({ spec }: RoutingServiceProps): k8s.MetricSpecV2[] {
  const { sockets, eventLoopLag } = spec.realtime;
  return [
    ...(sockets ? [podsMetric(sockets.metricName, String(sockets.perPod))] : []),
    ...(eventLoopLag ? [podsMetric(eventLoopLag.metricName, `${eventLoopLag.milliseconds}m`)] : []),
  ];
}
