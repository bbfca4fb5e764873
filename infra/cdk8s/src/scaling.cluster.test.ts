import { type KubernetesObject, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { gkeProduction } from "../environments/gke-production.ts";
import { installOnCluster } from "../testing/install-on-cluster.ts";
import { isBuiltInKind } from "./kubernetes-object.ts";
import { renderRoutingService } from "./render-routing-service.ts";
import { parseProps } from "./spec/parse-props.ts";

const realtime = { ...gkeProduction.spec.realtime, eventLoopLag: {} };
const installed = {
  ...{ ...gkeProduction, namespace: uniqueName() },
  spec: { ...gkeProduction.spec, realtime },
};
const { namespace } = installed;
const { spec } = parseProps(installed.name, namespace, installed.spec);

interface Autoscaler extends KubernetesObject {
  readonly spec: { readonly minReplicas: number; readonly metrics: readonly Metric[] };
  readonly status: {
    readonly currentReplicas: number;
    readonly currentMetrics: readonly { readonly type: string }[];
  };
}

interface Metric {
  readonly type: "Resource" | "Pods" | "External";
  readonly pods?: { readonly metric: { readonly name: string } };
  readonly external?: { readonly metric: { readonly name: string } };
}

describe("autoscalers", () => {
  let cluster: TestCluster;
  let scalers: Autoscaler[];
  beforeAll(async () => {
    cluster = await sharedCluster();
    await installOnCluster(cluster, installed, isBuiltInKind);
    const active = ["wait", "hpa", "--all", "-n", namespace, "--for=condition=ScalingActive"];
    await cluster.kubectl([...active, "--timeout=120s"]);
    scalers = await cluster.objects<Autoscaler>("horizontalpodautoscalers", namespace);
  });
  afterAll(() => cluster?.removeNamespace(namespace));

  const untilScaled = (component: string, replicas: number, orMore = 0) =>
    cluster.until(
      `/apis/apps/v1/namespaces/${namespace}/deployments/dumbwaiter-${component}`,
      ({ status: { availableReplicas } }) =>
        availableReplicas >= replicas && availableReplicas <= replicas + orMore,
    );

  it("find their targets and all their metrics", () => {
    expect(scalers).toHaveLength(3);
    for (const scaler of scalers) {
      expect(scaler.status.currentReplicas).toBe(scaler.spec.minReplicas);
      expect(scaler.status.currentMetrics.map(({ type }) => type)).toEqual(
        scaler.spec.metrics.map(({ type }) => type),
      );
    }
  });

  it("add pods: to api by CPU, to processor by its backlog, to realtime by open sockets", async () => {
    const metrics = scalers.flatMap((scaler) => scaler.spec.metrics);
    const [backlog = ""] = metrics.flatMap(({ external }) => external?.metric.name ?? []);
    const [sockets = ""] = metrics.flatMap(({ pods }) => pods?.metric.name ?? []);
    // Just below a whole number: the autoscaler tolerates a deviation of up to 10 %.
    await cluster.setLoad(namespace, {
      cpuMillicores: 4.9 * 1000 * (spec.api.cpuPercent / 100), // a pod requests one CPU
      external: { [backlog]: 5.9 * (spec.processor.backlog?.messagesPerPod ?? 0) },
      pods: { [sockets]: 6.9 * (spec.realtime.sockets?.perPod ?? 0) },
    });
    await untilScaled("api", 5);
    await untilScaled("processor", 6);
    await untilScaled("realtime", 7);
  });

  it("add pods to realtime by memory, CPU and the lag of the event loop as well", async () => {
    const { memoryPercent, cpuPercent, eventLoopLag } = spec.realtime;
    await cluster.setLoad(namespace, { memoryMebibytes: 8.9 * 2048 * (memoryPercent / 100) }); // of 2 GiB
    await untilScaled("realtime", 9);
    // Scaling ends up to a tenth below the goal, where the deviation is tolerated.
    await cluster.setLoad(namespace, { cpuMillicores: 13.9 * 1000 * (cpuPercent / 100) });
    await untilScaled("realtime", 13, 1);
    const { metricName = "", milliseconds = 0 } = eventLoopLag ?? {};
    // The sum of all pods, in seconds.
    await cluster.setLoad(namespace, { pods: { [metricName]: 19.9 * (milliseconds / 1000) } });
    await untilScaled("realtime", 18, 2);
  });

  it("get the number of pods from manifests, once another field manager has it", async () => {
    const name = "handover-api";
    const deploymentsOf = (mode: "none" | "external") => {
      const api = { replicas: { min: 3, max: 3 }, autoscaling: { mode } };
      const objects = renderRoutingService(parseProps("handover", namespace, { ...installed.spec, api }));
      return objects.filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === name);
    };
    const replicas = async (): Promise<number> => {
      const { body } = await cluster.request(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
      return body.spec.replicas;
    };
    await cluster.apply(deploymentsOf("none"));
    await cluster.kubectl(["apply", "--server-side", "--field-manager=handover", "-f", "-"], {
      stdin: JSON.stringify({
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } },
        spec: { replicas: 3 },
      }),
    });
    await cluster.apply(deploymentsOf("external"));
    expect(await replicas()).toBe(3);
  });
});
