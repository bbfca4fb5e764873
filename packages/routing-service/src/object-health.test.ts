import type { KubeObject } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import { healthProblemOf, isNeededToServe, reportsHealth } from "./object-health.ts";

const object = (apiVersion: string, kind: string, status?: object): KubeObject => ({
  ...{ apiVersion, kind, metadata: { name: "a", generation: 2 } },
  ...(status === undefined ? {} : { status }),
});
const topic = (status?: object) => object("pubsub.cnrm.cloud.google.com/v1beta1", "PubSubTopic", status);
const gateway = (status?: object) => object("gateway.networking.k8s.io/v1", "Gateway", status);
const route = (status?: object) => object("gateway.networking.k8s.io/v1", "HTTPRoute", status);
const condition = (type: string, status: string, reason = "", message = "") => ({
  ...{ type, status, reason, message },
});
const ACCEPTED = condition("Accepted", "True");
const PROGRAMMED = condition("Programmed", "True");
const RESOLVED = condition("ResolvedRefs", "True");
const parent = (...conditions: object[]) => ({ parentRef: { name: "shop" }, conditions });

describe("the health of an object", () => {
  it.each<[string, KubeObject]>([
    ["a topic", topic({ observedGeneration: 2, conditions: [condition("Ready", "True", "UpToDate")] })],
    [
      "a Gateway",
      gateway({
        conditions: [ACCEPTED, PROGRAMMED],
        listeners: [{ name: "https", conditions: [PROGRAMMED, RESOLVED, condition("Conflicted", "False")] }],
      }),
    ],
    ["an HTTPRoute", route({ parents: [parent(ACCEPTED, RESOLVED)] })],
    ["a kind without conditions", object("v1", "ConfigMap")],
  ])("is good: %s", (_, healthy) => {
    expect(healthProblemOf(healthy)).toBeUndefined();
  });

  it.each<[string, KubeObject, RegExp]>([
    [
      "a topic that Google refuses",
      topic({ conditions: [condition("Ready", "False", "UpdateFailed", "googleapi: Error 403: denied")] }),
      /^Ready is False \(UpdateFailed: googleapi: Error 403: denied\)$/,
    ],
    [
      "a Gateway that is not programmed",
      gateway({ conditions: [ACCEPTED, condition("Programmed", "False", "Invalid")] }),
      /^Programmed is False \(Invalid\)$/,
    ],
    [
      "a Gateway's listener without its certificate",
      gateway({
        conditions: [ACCEPTED, PROGRAMMED],
        listeners: [
          {
            name: "https",
            conditions: [PROGRAMMED, condition("ResolvedRefs", "False", "InvalidCertificateRef")],
          },
        ],
      }),
      /^listener https: ResolvedRefs is False \(InvalidCertificateRef\)$/,
    ],
    [
      "an HTTPRoute that its Gateway does not accept",
      route({ parents: [parent(condition("Accepted", "False", "NotAllowedByListeners"), RESOLVED)] }),
      /^Gateway shop: Accepted is False/,
    ],
  ])("is bad: %s", (_, failing, message) => {
    expect(healthProblemOf(failing)).toEqual({ isPending: false, message: expect.stringMatching(message) });
  });

  it.each<[string, KubeObject]>([
    ["a topic that no controller has seen", topic()],
    ["a topic that is being updated", topic({ conditions: [condition("Ready", "False", "Updating")] })],
    [
      "a subscription that waits for its topic",
      topic({ conditions: [condition("Ready", "False", "DependencyNotReady")] }),
    ],
    [
      "a topic whose controller has only seen an earlier generation",
      topic({ observedGeneration: 1, conditions: [condition("Ready", "True")] }),
    ],
    [
      "a Gateway that waits for its controller",
      gateway({ conditions: [condition("Accepted", "Unknown", "Pending")] }),
    ],
    [
      "a Gateway whose conditions are outdated",
      gateway({ conditions: [{ ...ACCEPTED, observedGeneration: 1 }, PROGRAMMED] }),
    ],
    ["an HTTPRoute that no Gateway has seen", route({ parents: [] })],
  ])("is pending: %s", (_, pending) => {
    expect(healthProblemOf(pending)).toMatchObject({ isPending: true });
  });

  it("is reported by Config Connector and Gateways; messages flow without monitoring", () => {
    expect(reportsHealth(topic())).toBe(true);
    expect(reportsHealth(object("apps/v1", "Deployment"))).toBe(false);
    expect(isNeededToServe(topic())).toBe(true);
    expect(isNeededToServe(object("monitoring.coreos.com/v1", "ServiceMonitor"))).toBe(false);
  });
});
