import { parseProps, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { describe, expect, it } from "@jest/globals";
import { desiredState } from "./desired-state.ts";
import { ROUTING_SERVICE, type RoutingService } from "./routing-service.ts";

const SPEC: RoutingServiceSpecInput = {
  auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
  google: { project: "a-project", projectNumber: "1234567890" },
  redis: { urlSecret: { name: "redis" } },
  monitoring: { system: "prometheusOperator", dashboard: true },
};

/** What each object refers to, without namespace, group and hash: `Deployment/shop-api`. */
function references(more: Partial<RoutingServiceSpecInput>): Map<string, Set<string>> {
  const metadata = { name: "shop", namespace: "n", uid: "u" };
  const spec = { ...SPEC, ...more };
  const { objects } = desiredState(parseProps("shop", "n", spec), {
    ...ROUTING_SERVICE,
    metadata,
    spec,
  } as RoutingService);
  const short = (key: string) => {
    const [, kind, , name] = /([^/]+)\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
    return `${kind}/${name?.replace(/-[0-9a-f]{10}$/, "")}`;
  };
  const found = new Map<string, Set<string>>();
  for (const { key, refersTo } of objects) {
    const before = found.get(short(key)) ?? [];
    found.set(short(key), new Set([...before, ...refersTo.map(short)]));
  }
  return found;
}

describe("an object refers to", () => {
  it.each<[string, Partial<RoutingServiceSpecInput>, string, readonly string[]]>([
    [
      "its settings and its identity",
      {},
      "Deployment/shop-api",
      ["ConfigMap/shop-api", "ServiceAccount/shop-api"],
    ],
    ["what it scales", {}, "HorizontalPodAutoscaler/shop-api", ["Deployment/shop-api"]],
    [
      "the topics of a subscription",
      {},
      "PubSubSubscription/shop-processor",
      ["PubSubTopic/shop-dead-letter", "PubSubTopic/shop-ingress"],
    ],
    [
      "who gets a right, and on what",
      {},
      "IAMPolicyMember/shop-api",
      ["PubSubTopic/shop-ingress", "ServiceAccount/shop-api"],
    ],
    [
      "who may impersonate whom",
      { google: { ...SPEC.google, workloadIdentity: "impersonation" } },
      "IAMPolicyMember/shop-api",
      ["IAMServiceAccount/shop-api", "PubSubTopic/shop-ingress", "ServiceAccount/shop-api"],
    ],
    [
      "what a Gateway's route leads to",
      { route: { kind: "gateway", host: "m.example", certificateMap: "m" } },
      "HTTPRoute/shop",
      ["Gateway/shop", "Service/shop-api", "Service/shop-realtime"],
    ],
    [
      "what a Gateway's policy changes",
      { route: { kind: "gateway", host: "m.example", certificateMap: "m" } },
      "GCPBackendPolicy/shop-realtime",
      ["Service/shop-realtime"],
    ],
    [
      "what an Ingress leads to",
      { route: { kind: "ingress", className: "gce", host: "m.example", tlsSecret: "tls" } },
      "Ingress/shop",
      ["Service/shop-api", "Service/shop-realtime"],
    ],
    ["nothing that it only selects", {}, "PodDisruptionBudget/shop-api", []],
    ["nothing that it only selects", {}, "Service/shop-api", []],
  ])("%s", (_, more, object, expected) => {
    const found = references(more).get(object);
    expect([...(found ?? ["not found"])].sort()).toEqual(expected);
  });
});
