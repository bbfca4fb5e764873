import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import {
  COMPONENT_LABEL,
  type Condition,
  INSTANCE_LABEL,
  MANAGED_BY,
  observe,
  type Rollout,
  type RoutingService,
  rolloutOf,
} from "@dumbwaiter/routing-service";
import { type Autoscaling, autoscalingOf } from "./autoscaling.ts";
import { type RecentEvent, recentEvents } from "./recent-events.ts";

/** The status of a RoutingService and its components. */
export interface StatusReport {
  readonly name: string;
  readonly namespace: string;
  /** An ISO time. */
  readonly createdAt: string;
  readonly generation: number;
  /** Less than `generation` until the operator has reconciled it; undefined until the first time. */
  readonly observedGeneration?: number;
  /** Of the operator that reconciled it last. */
  readonly version?: string;
  readonly paused: boolean;
  readonly components: readonly ComponentReport[];
  readonly conditions: readonly Condition[];
  /** Latest first. */
  readonly events: readonly RecentEvent[];
}

export interface ComponentReport {
  readonly component: Component;
  readonly rollout: Rollout;
  readonly image?: string;
  readonly ready: number;
  readonly updated: number;
  readonly replicas: number;
  readonly autoscaling?: Autoscaling;
  readonly disruptions?: { readonly allowed: number; readonly healthy: number; readonly needed: number };
}

interface Disruptions extends KubeObject {
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

export async function statusReport(
  client: KubeClient,
  routingService: RoutingService,
): Promise<StatusReport> {
  const { metadata, spec, status = {} } = routingService;
  const { name, namespace, generation = 0, creationTimestamp = "" } = metadata;
  const labelSelector = `${MANAGED_BY.label}=${MANAGED_BY.value},${INSTANCE_LABEL}=${name}`;
  const list = (apiVersion: string, kind: string) =>
    client.list({ apiVersion, kind }, { namespace, labelSelector });
  const [deployments, allAutoscalers, budgets] = await Promise.all([
    list("apps/v1", "Deployment"),
    // Others, such as KEDA, make some for our Deployments.
    client.list({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" }, { namespace }),
    list("policy/v1", "PodDisruptionBudget"),
  ]);
  const autoscalers = allAutoscalers.filter((each) => deployments.some((target) => scales(each, target)));
  const parts = [routingService, ...deployments, ...autoscalers, ...budgets];
  const { observedGeneration, version, conditions = [] } = status;
  return {
    ...{ name, namespace, createdAt: creationTimestamp, generation },
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(version === undefined ? {} : { version }),
    paused: (spec as { paused?: boolean }).paused ?? false,
    components: COMPONENTS.map((component) => {
      const of = (objects: readonly KubeObject[]) =>
        objects.find(({ metadata: { labels } }) => labels?.[COMPONENT_LABEL] === component);
      const isWaiting = status.components?.[component]?.rollout === "Pending";
      const deployment = of(deployments);
      const autoscaler = deployment && autoscalers.find((each) => scales(each, deployment));
      return componentReport(component, isWaiting, deployment, autoscaler, of(budgets));
    }),
    conditions,
    events: await recentEvents(client, namespace, parts),
  };
}

function scales({ spec }: KubeObject, { kind, metadata }: KubeObject): boolean {
  const { scaleTargetRef } = spec as { scaleTargetRef: { kind: string; name: string } };
  return scaleTargetRef.kind === kind && scaleTargetRef.name === metadata.name;
}

/** @param isWaiting whether its rollout waits for another component */
function componentReport(
  component: Component,
  isWaiting: boolean,
  deployment: KubeObject | undefined,
  autoscaler: KubeObject | undefined,
  budget: Disruptions | undefined,
): ComponentReport {
  const state = deployment && observe(deployment).deployment;
  const image = deployment && imageOf(deployment);
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = budget?.status ?? {};
  return {
    component,
    rollout: isWaiting ? "Pending" : rolloutOf(state),
    ...(image === undefined ? {} : { image }),
    ready: state?.readyReplicas ?? 0,
    updated: state?.updatedReplicas ?? 0,
    replicas: state?.desiredReplicas ?? 0,
    ...(autoscaler === undefined ? {} : { autoscaling: autoscalingOf(autoscaler) }),
    ...(budget === undefined
      ? {}
      : { disruptions: { allowed: disruptionsAllowed, healthy: currentHealthy, needed: desiredHealthy } }),
  };
}

function imageOf({ spec }: KubeObject): string | undefined {
  const { template } = spec as { template: { spec: { containers: readonly { image: string }[] } } };
  return template.spec.containers[0]?.image;
}
