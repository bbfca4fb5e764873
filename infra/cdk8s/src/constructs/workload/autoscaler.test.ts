import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../../testing/variants.ts";
import type { KubernetesObject } from "../../kubernetes-object.ts";
import { alertsOf } from "../../monitoring/alerts.ts";
import { renderRoutingService } from "../../render-routing-service.ts";
import { parseProps } from "../../spec/parse-props.ts";
import type { Component, RoutingServiceSpecInput } from "../../spec/routing-service-props.ts";

type Spec = Partial<RoutingServiceSpecInput>;

interface Autoscaler extends KubernetesObject {
  readonly spec: { readonly metrics: readonly Metric[]; readonly behavior: Record<string, object> };
}

interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
}

interface Metric {
  readonly type: string;
  readonly resource?: { readonly name: string };
  readonly pods?: { readonly metric: { readonly name: string }; readonly target: object };
  readonly external?: { readonly metric: { readonly selector: { readonly matchLabels: object } } };
}

const propsOf = (spec: Spec) => parseProps("shop", "prod", { ...MINIMAL, ...spec });

function find<T extends KubernetesObject>(kind: string, component: Component, spec: Spec): T | undefined {
  const objects = renderRoutingService(propsOf(spec));
  const name = `shop-${component}`;
  return objects.find((each) => each.kind === kind && each.metadata.name === name) as T | undefined;
}

const autoscalerOf = (component: Component, spec: Spec) =>
  find<Autoscaler>("HorizontalPodAutoscaler", component, spec)?.spec;

describe("the mode of autoscaling", () => {
  it.each([
    // mode, min, max: our autoscaler, replicas, an alert at the maximum
    ["hpa", 2, 5, true, undefined, true],
    ["hpa", 3, 3, false, 3, false],
    ["none", 2, 5, false, 2, false],
    ["none", 3, 3, false, 3, false],
    ["external", 2, 5, false, undefined, true],
    ["external", 3, 3, false, undefined, false],
  ] as const)("%s from %i to %i", (mode, min, max, hasAutoscaler, replicas, hasAlert) => {
    const spec = { api: { replicas: { min, max }, autoscaling: { mode } } };
    expect(autoscalerOf("api", spec) !== undefined).toBe(hasAutoscaler);
    const deployment = find<Deployment>("Deployment", "api", spec);
    expect(deployment).toBeDefined();
    expect(deployment?.spec.replicas).toBe(replicas);
    expect(find("PodDisruptionBudget", "api", spec)?.spec).toMatchObject({ maxUnavailable: 1 });
    const alerts = alertsOf(propsOf(spec)).filter(({ name }) => name === "DumbwaiterAtMaxReplicas");
    const expected = hasAlert ? [`>= ${max}`] : [];
    expect(alerts.filter(({ expr }) => expr.includes('"api"')).map(({ expr }) => expr.slice(-4))).toEqual(
      expected,
    );
  });
});

describe("an autoscaler", () => {
  const names = (metrics: readonly Metric[] = []) =>
    metrics.map(({ resource, pods, type }) => resource?.name ?? pods?.metric.name ?? type);

  it("of realtime has memory and CPU, and what an adapter serves", () => {
    expect(names(autoscalerOf("realtime", {})?.metrics)).toEqual(["memory", "cpu"]);
    const realtime = { sockets: {}, eventLoopLag: { milliseconds: 150 } };
    const metrics = autoscalerOf("realtime", { realtime })?.metrics ?? [];
    expect(names(metrics)).toEqual([
      ...["dumbwaiter_realtime_sockets", "dumbwaiter_nodejs_eventloop_lag_p99_seconds"],
      ...["memory", "cpu"],
    ]);
    expect(metrics[1]?.pods?.target).toEqual({ type: "AverageValue", averageValue: "150m" });
  });

  it.each([
    [
      "stackdriver",
      "a-project",
      { "resource.labels.project_id": "a-project", "resource.labels.subscription_id": "mine", more: "x" },
    ],
    // No label has such a value.
    ["stackdriver", "example.com:a-project", { "resource.labels.subscription_id": "mine", more: "x" }],
    ["prometheusAdapter", "a-project", { subscription_id: "mine", more: "x" }],
  ] as const)("of the processor selects the backlog by %s of %s", (source, project, matchLabels) => {
    const google = { ...MINIMAL.google, project, pubsub: { ingressSubscription: "mine" } };
    const processor = { backlog: { source, labels: { more: "x" } } };
    const [metric] = autoscalerOf("processor", { google, processor })?.metrics ?? [];
    expect(metric?.external?.metric.selector).toEqual({ matchLabels });
  });

  it("keeps the defaults of its behavior where the spec gives no other", () => {
    const byDefault = autoscalerOf("api", {})?.behavior;
    const policies = [{ type: "Pods" as const, value: 1, periodSeconds: 300 }];
    const scaleDown = { stabilizationWindowSeconds: 0, policies };
    const api = { autoscaling: { behavior: { scaleDown, scaleUp: { selectPolicy: "Disabled" as const } } } };
    expect(autoscalerOf("api", { api })?.behavior).toEqual({
      scaleUp: { ...byDefault?.scaleUp, selectPolicy: "Disabled" },
      scaleDown,
    });
    expect(byDefault).toMatchObject({ scaleUp: { selectPolicy: "Max" } });
  });
});
