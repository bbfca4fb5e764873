import type { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { namesOf } from "../../spec/names.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { averageValue, DEFAULT_SCALE_DOWN, utilization } from "./autoscaler.ts";
import { ComponentWorkload } from "./component-workload.ts";

/** For each metrics adapter, the name of the metric of undelivered messages and the label of the subscription. */
const BACKLOG_METRICS = {
  stackdriver: {
    name: "pubsub.googleapis.com|subscription|num_undelivered_messages",
    label: "resource.labels.subscription_id",
  },
  prometheusAdapter: { name: "pubsub_subscription_num_undelivered_messages", label: "subscription_id" },
} as const;

/** Moves messages from the ingress to the queues. Scales by CPU, and by undelivered messages if an adapter serves them. */
export class Processor extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const metrics = [...backlogMetric(props), utilization("cpu", props.spec.processor.cpuPercent)];
    new ComponentWorkload(this, "workload", props, {
      component: "processor",
      isServing: false,
      scaling: { metrics, behavior: DEFAULT_SCALE_DOWN },
    });
  }
}

function backlogMetric(props: RoutingServiceProps): k8s.MetricSpecV2[] {
  const { source, metricName, messagesPerPod } = props.spec.processor.backlog;
  if (source === "none") return [];
  const { name, label } = BACKLOG_METRICS[source];
  const selector = { matchLabels: { [label]: namesOf(props).pubsub.ingressSubscription } };
  const metric = { name: metricName ?? name, selector };
  return [{ type: "External", external: { metric, target: averageValue(messagesPerPod) } }];
}
