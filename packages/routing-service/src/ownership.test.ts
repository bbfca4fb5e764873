import type { KubeObject } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import {
  ADOPT_ANNOTATION,
  belongsTo,
  NotOursError,
  routingServiceReference,
  somebodyElses,
} from "./ownership.ts";
import {
  hasOwner,
  INSTANCE_LABEL,
  ignoredManagersOf,
  MANAGED_BY,
  ROUTING_SERVICE,
} from "./routing-service.ts";

type Metadata = KubeObject["metadata"];

const SHOP = { ...ROUTING_SERVICE, name: "shop", uid: "of-shop", controller: true };
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  name: "web",
  uid: "of-web",
  controller: true,
};
const OURS = { [MANAGED_BY.label]: MANAGED_BY.value, [INSTANCE_LABEL]: "by-label" };

const metadata = (more: Partial<Metadata>): Metadata => ({ name: "one", namespace: "n", ...more });

describe("an object belongs", () => {
  it.each<[string, Partial<Metadata>, string | undefined]>([
    ["to nobody without owner, labels and annotation", {}, undefined],
    ["to its owner", { ownerReferences: [SHOP] }, "shop"],
    ["to its owner whatever its labels", { ownerReferences: [SHOP], labels: OURS }, "shop"],
    [
      "to its owner of another version",
      { ownerReferences: [{ ...SHOP, apiVersion: "dumbwaiter.io/v9" }] },
      "shop",
    ],
    ["to its owner beside others", { ownerReferences: [{ ...DEPLOYMENT, controller: false }, SHOP] }, "shop"],
    ["to nobody of ours, owned by another kind", { ownerReferences: [DEPLOYMENT], labels: OURS }, undefined],
    [
      "to nobody of ours, owned by a kind of another group",
      {
        ownerReferences: [{ ...SHOP, apiVersion: "other.io/v1" }],
      },
      undefined,
    ],
    [
      "by its labels, if its owner does not control it",
      {
        ownerReferences: [{ ...DEPLOYMENT, controller: false }],
        labels: OURS,
      },
      "by-label",
    ],
    ["by its labels", { labels: OURS }, "by-label"],
    ["to nobody of ours, managed by another", { labels: { ...OURS, [MANAGED_BY.label]: "helm" } }, undefined],
    [
      "to whom it was handed over, whatever its labels",
      {
        labels: OURS,
        annotations: { [ADOPT_ANNOTATION]: "adopter" },
      },
      "adopter",
    ],
    [
      "to whom it was handed over without labels",
      { annotations: { [ADOPT_ANNOTATION]: "adopter" } },
      "adopter",
    ],
  ])("%s", (_, more, name) => {
    expect(belongsTo(metadata(more))).toBe(name);
  });

  it("by the reference to a routing service, and has no other owner", () => {
    expect(routingServiceReference(metadata({ ownerReferences: [DEPLOYMENT, SHOP] }))).toEqual(SHOP);
    expect(routingServiceReference(metadata({}))).toBeUndefined();
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata({ ownerReferences: [DEPLOYMENT, SHOP] }),
    };
    expect([hasOwner(object, "of-shop"), hasOwner(object, "of-web")]).toEqual([true, true]);
    expect([
      hasOwner(object, "another"),
      hasOwner(object, undefined),
      hasOwner(undefined, "of-shop"),
    ]).toEqual([false, false, false]);
    expect(hasOwner({ ...object, metadata: metadata({}) }, "of-shop")).toBe(false);
  });
});

it.each<[Partial<Metadata>, string]>([
  [{ ownerReferences: [DEPLOYMENT] }, "exists and belongs to Deployment web (delete it, or give the"],
  [
    { labels: OURS },
    "exists and has the labels of by-label, not of RoutingService shop (delete it, or annotate it",
  ],
  [{ labels: { [INSTANCE_LABEL]: "by-label" } }, "exists and is not part of RoutingService shop"],
  [
    { ownerReferences: [{ ...DEPLOYMENT, controller: false }] },
    "exists and is not part of RoutingService shop",
  ],
  [{}, "exists and is not part of RoutingService shop"],
])("says whose an object is that is not ours: %j", (more, message) => {
  const error = somebodyElses({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata(more) }, "shop");
  expect(error).toBeInstanceOf(NotOursError);
  expect(error.message).toContain(message);
});

it("reads which managers are ignored", () => {
  const managers = (value?: string) =>
    ignoredManagersOf({
      metadata: {
        ...{ name: "shop", namespace: "n", uid: "u" },
        ...(value === undefined ? {} : { annotations: { "dumbwaiter.io/ignore-field-managers": value } }),
      },
    });
  expect(managers("one, two ,three")).toEqual(new Set(["one", "two", "three"]));
  expect(managers().has("one")).toBe(false);
});
