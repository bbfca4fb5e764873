import { readFileSync } from "node:fs";
import { parse, parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../src/kubernetes-object.ts";

const read = (name: string) => readFileSync(new URL(`version-0.1.0/${name}`, import.meta.url), "utf8");

/** The CRD of version 0.1.0, whose API server gives every RoutingService the same names. */
export const CRD_OF_010 = parse(read("crd.yaml")) as KubernetesObject;

/** The names that it gave them. */
export const NAMES_OF_010 = {
  ingressTopic: "dumbwaiter-ingress",
  ingressSubscription: "dumbwaiter-processor",
  deadLetterTopic: "dumbwaiter-dead-letter",
  deadLetterSubscription: "dumbwaiter-dead-letter",
  pushTopic: "dumbwaiter-push",
} as const;

/** What its operator applied for the RoutingService `shop` with the smallest spec of the operator's tests. */
export function objectsOf010(namespace: string): KubernetesObject[] {
  const text = read("objects.yaml").replaceAll("namespace-of-the-test", namespace);
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}
