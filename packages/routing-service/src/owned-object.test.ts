import { expect, it } from "@jest/globals";
import { observe } from "./owned-object.ts";
import { FIELD_MANAGER, INSTANCE_LABEL, MANAGED_BY, ROUTING_SERVICE } from "./routing-service.ts";

const LABELS = { [MANAGED_BY.label]: MANAGED_BY.value, [INSTANCE_LABEL]: "shop" };
const CONFIG = {
  ...{ apiVersion: "v1", kind: "ConfigMap" },
  metadata: { name: "one", namespace: "n", uid: "u", resourceVersion: "7", labels: LABELS },
};
const deployment = (image: string, generation: number) => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment" },
  metadata: { ...CONFIG.metadata, generation },
  spec: { replicas: 3, template: { spec: { containers: [{ name: "api", image }] } } },
});

it("remembers whose an object is, and its version", () => {
  expect(observe(CONFIG)).toMatchObject({
    ...{ key: "/ConfigMap/n/one", uid: "u", resourceVersion: "7", contentVersion: "7" },
    ...{ routingService: "n/shop", ownerUid: undefined, isTerminating: false, fingerprint: "" },
  });
  const { labels: _, ...unlabelled } = CONFIG.metadata;
  expect(observe({ ...CONFIG, metadata: unlabelled }).routingService).toBeUndefined();
  const ownerReferences = [{ ...ROUTING_SERVICE, name: "cafe", uid: "of-cafe", controller: true }];
  const going = { ...CONFIG.metadata, ownerReferences, deletionTimestamp: "2026-01-01T00:00:00Z" };
  expect(observe({ ...CONFIG, metadata: going })).toMatchObject({
    ...{ routingService: "n/cafe", ownerUid: "of-cafe", isTerminating: true },
  });
});

it("notices by the fingerprint that a field which we applied has changed", () => {
  const fingerprint = (time: string, manager = FIELD_MANAGER) => {
    const entry = { manager, operation: "Apply" as const, time, fieldsV1: { "f:data": {} } };
    return observe({ ...CONFIG, metadata: { ...CONFIG.metadata, managedFields: [entry] } }).fingerprint;
  };
  expect(fingerprint("1")).toBe(fingerprint("1"));
  expect(fingerprint("1")).not.toBe(fingerprint("2"));
  expect(fingerprint("1", "another")).toBe("");
});

it("remembers of a Deployment since when its pods are as they are, of the same one only", () => {
  const first = observe(deployment("a", 4));
  expect(first).toMatchObject({
    contentVersion: "4",
    deployment: { desiredReplicas: 3, templateGeneration: 4 },
  });
  const scaled = observe(deployment("a", 5), first);
  expect(scaled.deployment?.templateGeneration).toBe(4);
  expect(observe(deployment("b", 6), scaled).deployment?.templateGeneration).toBe(6);
  const another = { ...deployment("a", 9), metadata: { ...CONFIG.metadata, generation: 9, uid: "another" } };
  expect(observe(another, scaled).deployment?.templateGeneration).toBe(9);
  expect(observe({ ...CONFIG, ...{ spec: {} } }).deployment).toBeUndefined();
  const { spec: _, ...bare } = deployment("a", 1);
  expect(observe(bare).deployment).toBeUndefined();
});
