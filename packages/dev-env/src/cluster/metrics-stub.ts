import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { LOOPBACK } from "../servers/server.ts";
import { apiRequest } from "./api-request.ts";
import type { ClusterAddress } from "./cluster-address.ts";
import type { ClusterFolder } from "./cluster-folder.ts";

/** What all pods of a namespace use together; the pods that a query selects share it evenly. */
export interface Load {
  readonly cpuMillicores?: number;
  readonly memoryMebibytes?: number;
  /** By the name of the metric. */
  readonly pods?: Readonly<Record<string, number>>;
  /** By the name of the metric. Not shared between pods. */
  readonly external?: Readonly<Record<string, number>>;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
}

/** The metrics API groups, each with the version that autoscalers request. */
export const METRICS_APIS = {
  "metrics.k8s.io": "v1beta1",
  "custom.metrics.k8s.io": "v1beta2",
  "external.metrics.k8s.io": "v1beta1",
} as const;

const RESOURCES: Readonly<Record<keyof typeof METRICS_APIS, readonly { name: string; kind: string }[]>> = {
  "metrics.k8s.io": [{ name: "pods", kind: "PodMetrics" }],
  "custom.metrics.k8s.io": [],
  "external.metrics.k8s.io": [],
};

export interface MetricsStub {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves the metrics APIs to autoscalers, with the load that `PUT /loads/<namespace>` set for the namespace (zero until
 * then).
 */
export async function startMetricsStub(
  cluster: Pick<ClusterAddress, "server">,
  folder: ClusterFolder,
): Promise<MetricsStub> {
  const loads = new Map<string, Load>();
  const { caPath } = folder;

  async function podsIn(namespace: string, selector: string | null): Promise<Pod[]> {
    const query = new URLSearchParams({
      labelSelector: selector ?? "",
      fieldSelector: "status.phase=Running",
    });
    const { body } = await apiRequest(
      { ...cluster, caPath },
      `/api/v1/namespaces/${namespace}/pods?${query}`,
    );
    return body.items;
  }

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? "", "https://stub");
    const [root, ...path] = pathname.slice(1).split("/").map(decodeURIComponent);
    if (root === "loads" && request.method === "PUT") {
      loads.set(path[0] ?? "", (await json(request)) as Load);
      return {};
    }
    const [group = "", version, , namespace = "", ...rest] = path;
    if (root !== "apis" || !isMetricsApi(group) || version !== METRICS_APIS[group]) return undefined;
    const groupVersion = `${group}/${version}`;
    if (path.length === 2) return resourceList(group, groupVersion);
    const load = loads.get(namespace) ?? {};
    const selector = searchParams.get("labelSelector");
    if (group === "external.metrics.k8s.io") return externalMetrics(groupVersion, rest[0] ?? "", load);
    const pods = await podsIn(namespace, selector);
    if (group === "metrics.k8s.io") return podMetrics(groupVersion, pods, load);
    return podsMetrics(groupVersion, pods, rest[2] ?? "", load);
  }

  const server = createServer({ cert: readFileSync(caPath), key: readFileSync(folder.caKeyPath) });
  server.on("request", (request, response) => {
    answer(request).then(
      (body) => {
        response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(body ?? {}));
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${LOOPBACK}:${port}`,
    port,
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function isMetricsApi(group: string): group is keyof typeof METRICS_APIS {
  return group in METRICS_APIS;
}

function resourceList(group: keyof typeof METRICS_APIS, groupVersion: string) {
  const resources = RESOURCES[group].map((resource) => ({
    ...resource,
    namespaced: true,
    verbs: ["get", "list"],
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function podMetrics(
  apiVersion: string,
  pods: readonly Pod[],
  { cpuMillicores = 0, memoryMebibytes = 0 }: Load,
) {
  const items = pods.map(({ metadata: { name, namespace }, spec: { containers } }) => ({
    metadata: { name, namespace },
    timestamp: new Date().toISOString(),
    window: "1s",
    containers: containers.map((container) => ({
      name: container.name,
      usage: {
        cpu: `${Math.round(cpuMillicores / pods.length / containers.length)}m`,
        memory: `${Math.round((memoryMebibytes * 1024) / pods.length / containers.length)}Ki`,
      },
    })),
  }));
  return { kind: "PodMetricsList", apiVersion, metadata: {}, items };
}

function podsMetrics(apiVersion: string, pods: readonly Pod[], metric: string, load: Load) {
  const share = (load.pods?.[metric] ?? 0) / pods.length;
  const items = pods.map(({ metadata: { name, namespace } }) => ({
    describedObject: { kind: "Pod", apiVersion: "v1", name, namespace },
    metric: { name: metric },
    timestamp: new Date().toISOString(),
    value: `${Math.round(share * 1000)}m`,
  }));
  return { kind: "MetricValueList", apiVersion, metadata: {}, items };
}

function externalMetrics(apiVersion: string, metric: string, load: Load) {
  const value = String(load.external?.[metric] ?? 0);
  const items = [{ metricName: metric, metricLabels: {}, timestamp: new Date().toISOString(), value }];
  return { kind: "ExternalMetricValueList", apiVersion, metadata: {}, items };
}
