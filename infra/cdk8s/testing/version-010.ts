import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import type { RoutingServiceSpecInput } from "../src/spec/routing-service-props.ts";

const FOLDER = join(import.meta.dirname, "version-0.1.0");

function read(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

/** The folder of its chart, without the README. */
export const CHART_OF_010 = join(FOLDER, "chart");

/** The CRD of version 0.1.0, whose API server gives every RoutingService the same names. */
export const CRD_OF_010 = parse(read("chart/files/crd.yaml")) as KubernetesObject;

/** The names that it gave them. */
export const NAMES_OF_010 = {
  ingressTopic: "dumbwaiter-ingress",
  ingressSubscription: "dumbwaiter-processor",
  deadLetterTopic: "dumbwaiter-dead-letter",
  deadLetterSubscription: "dumbwaiter-dead-letter",
  pushTopic: "dumbwaiter-push",
} as const;

/** What its last build applied for the RoutingService `shop` with the smallest spec of the operator's tests. */
export function objectsOf010(namespace: string): KubernetesObject[] {
  return objectsIn(read("objects.yaml").replaceAll("namespace-of-the-test", namespace));
}

/** A RoutingService `shop` with Config Connector and autoscalers. */
export const CONNECTED = {
  namespace: "prod",
  spec: {
    auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
    google: { project: "a-project", projectNumber: "1234567890", workloadIdentity: "impersonation" },
    redis: { urlSecret: { name: "redis" } },
    api: { replicas: { min: 2, max: 4 } },
    processor: { replicas: { min: 2, max: 4 } },
    realtime: { replicas: { min: 2, max: 2 } },
  } satisfies RoutingServiceSpecInput,
  /** What its first build, which had fewer settings, applied for it. */
  objectsOf010: () => objectsIn(read("connected-objects.yaml")),
};

function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}
