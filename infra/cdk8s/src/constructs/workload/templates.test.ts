import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../../testing/variants.ts";
import type { Deployment } from "../../../testing/workload.ts";
import type { KubernetesObject } from "../../kubernetes-object.ts";
import { renderRoutingService } from "../../render-routing-service.ts";
import { parseProps } from "../../spec/parse-props.ts";
import { RESERVED_VOLUMES } from "../../spec/reserved-names.ts";
import type { RoutingServiceSpecInput } from "../../spec/routing-service-props.ts";
import { minimumAvailable } from "./disruption.ts";
import { volumesOf } from "./mounted-files.ts";
import { gracePeriodSeconds, preStopSeconds } from "./stop-times.ts";

type Template = NonNullable<RoutingServiceSpecInput["template"]>;

const specOf = (changes: Partial<RoutingServiceSpecInput>) =>
  parseProps("dumbwaiter", "messages", { ...MINIMAL, ...changes });

function rendered(template: Template, kind = "Deployment", component = "api"): KubernetesObject {
  const objects = renderRoutingService(specOf({ template }));
  const found = objects.find(
    (object) => object.kind === kind && object.metadata.name === `dumbwaiter-${component}`,
  );
  if (found === undefined) throw new Error(`no ${kind} of ${component}`);
  return found;
}

const podOf = (template: Template) => (rendered(template) as Deployment).spec.template.spec;

describe("a template", () => {
  it("changes nothing if it is empty", () => {
    const empty = { template: { pod: {}, container: {}, service: {} }, api: { template: {} } };
    expect(renderRoutingService(specOf(empty))).toEqual(renderRoutingService(specOf({})));
  });

  it("leaves the user to the cluster, and nothing else that `restricted` requires", () => {
    expect(podOf({ pod: { assignedUser: true, securityContext: { fsGroup: 7 } } }).securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
      fsGroup: 7,
    });
  });

  it("makes sidecars as restricted as Dumbwaiter's own container, which stays the first", () => {
    const resources = { requests: { cpu: "10m", memory: "16Mi" } };
    const container = { name: "proxy", image: "proxy:1", resources, args: [] };
    const capabilities = { add: ["NET_BIND_SERVICE" as const] };
    const { containers, initContainers } = podOf({
      pod: {
        containers: [{ ...container, securityContext: { readOnlyRootFilesystem: false, capabilities } }],
        initContainers: [{ ...container, restartPolicy: "Always" }],
      },
    });
    const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    expect(containers.map(({ name }) => name)).toEqual(["api", "proxy"]);
    expect(containers[1]?.securityContext).toEqual({
      ...restricted,
      readOnlyRootFilesystem: false,
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    });
    expect(initContainers).toEqual([
      {
        ...{ name: "proxy", image: "proxy:1", resources, restartPolicy: "Always" },
        securityContext: { ...restricted, readOnlyRootFilesystem: true },
      },
    ]);
  });

  it.each([{}, { add: ["NET_BIND_SERVICE" as const] }])(
    "drops all capabilities but those of %j",
    (capabilities) => {
      const { containers } = podOf({ container: { securityContext: { capabilities } } });
      expect(containers[0]?.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ["ALL"], ...capabilities },
      });
    },
  );

  it("adds sources of variables before ours, which take precedence, and variables after ours", () => {
    const { containers } = podOf({
      container: { envFrom: [{ secretRef: { name: "more" } }], env: [{ name: "MORE", value: "1" }] },
    });
    expect(containers[0]?.envFrom).toEqual([
      { secretRef: { name: "more" } },
      { configMapRef: { name: "dumbwaiter-api" } },
    ]);
    expect(containers[0]?.env?.map(({ name }) => name)).toEqual(["NODE_OPTIONS", "REDIS_URL", "MORE"]);
  });

  it.each([
    [{}, { requests: { cpu: "500m" } }, { requests: "256Mi", limits: "1Gi" }],
    [{ requests: { "ephemeral-storage": "2Gi" } }, {}, { requests: "2Gi" }],
    [{ limits: { "ephemeral-storage": "64Mi" } }, {}, { limits: "64Mi" }],
  ])("replaces both the request and the limit of ephemeral storage by %j", (resources, others, expected) => {
    const [container] = podOf({ container: { resources } }).containers;
    const { requests, limits } = container?.resources ?? {};
    expect({ requests, limits }).toMatchObject(others);
    const storage = { requests: requests?.["ephemeral-storage"], limits: limits?.["ephemeral-storage"] };
    expect(storage).toEqual(expected);
  });

  it("spreads the pods of the component over other domains, and over ours as it says", () => {
    const constraint = { maxSkew: 3, whenUnsatisfiable: "DoNotSchedule" as const };
    const { topologySpreadConstraints } = podOf({
      pod: {
        topologySpreadConstraints: [
          { ...constraint, topologyKey: "rack" },
          { ...constraint, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    });
    const common = {
      labelSelector: { matchLabels: (rendered({}) as Deployment).spec.selector.matchLabels },
      matchLabelKeys: ["pod-template-hash"],
    };
    const zone = {
      topologyKey: "topology.kubernetes.io/zone",
      maxSkew: 1,
      whenUnsatisfiable: "ScheduleAnyway",
    };
    expect(topologySpreadConstraints).toEqual([
      { ...zone, ...common },
      { ...constraint, topologyKey: "kubernetes.io/hostname", ...common },
      { ...constraint, topologyKey: "rack", ...common },
    ]);
  });

  it("adds labels and annotations to objects, and keeps ours", () => {
    const metadata = { labels: { team: "a" }, annotations: { note: "b" } };
    const template = { deployment: { metadata }, service: { metadata }, serviceAccount: { metadata } };
    for (const kind of ["Deployment", "Service", "ServiceAccount"]) {
      const { labels } = rendered({}, kind).metadata;
      expect(rendered(template, kind).metadata).toMatchObject({
        labels: { ...labels, team: "a" },
        annotations: { note: "b" },
      });
    }
  });
});

it("a template may not name a volume of Dumbwaiter's own", () => {
  const redis = { urlSecret: { name: "redis", as: "file" as const }, caConfigMap: { name: "ca" } };
  expect(volumesOf(specOf({ redis }).spec).map(({ name }) => name)).toEqual(RESERVED_VOLUMES);
});

describe("an image", () => {
  it("has the digest of its component beside the tag", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const objects = renderRoutingService(specOf({ images: { tag: "1", digests: { api: digest } } }));
    const images = objects
      .filter(({ kind }) => kind === "Deployment")
      .map((object) => (object as Deployment).spec.template.spec.containers[0]?.image);
    expect(images).toEqual([`dumbwaiter-api:1@${digest}`, "dumbwaiter-processor:1", "dumbwaiter-realtime:1"]);
  });
});

describe("the pods that stay available", () => {
  it.each([
    [{ min: 4, max: 4 }, undefined, 3],
    [{ min: 1, max: 1 }, undefined, 1],
    [{ min: 4, max: 4 }, { maxUnavailable: 3 }, 1],
    [{ min: 4, max: 4 }, { maxUnavailable: "30%" }, 2],
    [{ min: 4, max: 4 }, { maxUnavailable: "100%" }, 1],
    [{ min: 4, max: 4 }, { minAvailable: 2 }, 2],
    [{ min: 4, max: 4 }, { minAvailable: "60%" }, 3],
    [{ min: 4, max: 4 }, { minAvailable: 9 }, 4],
  ])("with %j replicas and the budget %j are %d", (replicas, podDisruptionBudget, expected) => {
    const template = podDisruptionBudget ? { template: { podDisruptionBudget } } : {};
    expect(minimumAvailable(specOf({ api: { replicas, ...template } }).spec, "api")).toBe(expected);
  });
});

describe("the wait before a pod stops", () => {
  const gateway = { kind: "gateway", host: "h", tlsSecret: "s" } as const;

  it.each<[string, Partial<RoutingServiceSpecInput>, number]>([
    ["without a route", {}, 10],
    ["behind a Gateway of GKE", { route: gateway }, 40],
    ["behind another Gateway", { route: { ...gateway, className: "istio" } }, 10],
    ["behind an Ingress of GKE", { route: { kind: "ingress", host: "h", className: "gce" } }, 40],
    ["behind another Ingress", { route: { kind: "ingress", host: "h", className: "nginx" } }, 10],
    ["as the spec says", { route: gateway, shutdown: { preStopSeconds: 0 } }, 0],
  ])("fits the load balancer: %s", (_, changes, expected) => {
    const { spec } = specOf(changes);
    expect(preStopSeconds(spec, "api")).toBe(expected);
    expect(preStopSeconds(spec, "realtime")).toBe(expected);
    // Nothing sends requests to it.
    expect(preStopSeconds(spec, "processor")).toBe(Math.min(expected, 10));
    expect(gracePeriodSeconds(spec, "api")).toBe(expected + 35);
    expect(gracePeriodSeconds(spec, "realtime")).toBe(expected + 95);
  });
});
