import type { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { namesOf } from "../../spec/names.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { averageValue, utilization } from "./autoscaler.ts";
import { ComponentWorkload } from "./component-workload.ts";
import { DEFAULT_SCALE_DOWN } from "./scaling-behavior.ts";

interface BacklogMetric {
  readonly name: string;
  /** The label of the subscription. */
  readonly subscription: string;
  readonly project?: string;
}

/** The metric of undelivered messages, by the metrics adapter. */
const BACKLOG_METRICS: Readonly<Record<"stackdriver" | "prometheusAdapter", BacklogMetric>> = {
  stackdriver: {
    name: "pubsub.googleapis.com|subscription|num_undelivered_messages",
    subscription: "resource.labels.subscription_id",
    // Also the project that the adapter asks: by default that of the cluster.
    project: "resource.labels.project_id",
  },
  // What labels a series has depends on who exports it.
  prometheusAdapter: {
    name: "pubsub_subscription_num_undelivered_messages",
    subscription: "subscription_id",
  },
};

/** A project of a domain, such as `example.com:messages`, is none. */
const LABEL_VALUE = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

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
  const { source, metricName, labels, messagesPerPod } = props.spec.processor.backlog;
  if (source === "none") return [];
  const { name, subscription, project } = BACKLOG_METRICS[source];
  const { project: projectId } = props.spec.google;
  const matchLabels = {
    ...(project && LABEL_VALUE.test(projectId) ? { [project]: projectId } : {}),
    [subscription]: namesOf(props).pubsub.ingressSubscription,
    ...labels,
  };
  const metric = { name: metricName ?? name, selector: { matchLabels } };
  return [{ type: "External", external: { metric, target: averageValue(String(messagesPerPod)) } }];
}
