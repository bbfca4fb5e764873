import type { RoutingService, StatusNames } from "@dumbwaiter/routing-service";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { NamesInUse } from "./names-in-use.ts";

const NAMES: StatusNames = {
  ingressTopic: "in",
  ingressSubscription: "in",
  deadLetterTopic: "dead",
  deadLetterSubscription: "dead",
  pushTopic: "push",
  firestoreCollectionPrefix: "",
  redisKeyPrefix: "",
};

function routingService(
  key: string,
  createdAt: number,
  pubsub: object,
  status?: { readonly names: StatusNames },
): RoutingService {
  const [namespace = "", name = ""] = key.split("/");
  const creationTimestamp = new Date(createdAt * 1000).toISOString();
  return {
    ...{ apiVersion: "dumbwaiter.io/v1alpha1", kind: "RoutingService" },
    metadata: { namespace, name, uid: `uid of ${key}`, creationTimestamp },
    // Not a valid spec, but it says enough of names.
    spec: {
      google: { project: "a-project", pubsub },
      redis: { url: `redis://redis.${namespace}.example` },
      auth: {},
    },
    ...(status === undefined ? {} : { status }),
  } as RoutingService;
}

describe("names in use", () => {
  let names: NamesInUse;
  beforeEach(() => {
    names = new NamesInUse();
  });

  const add = (service: RoutingService) =>
    names.changed(`${service.metadata.namespace}/${service.metadata.name}`, service);
  const holderFor = (key: string) => names.conflictOf(key)?.holder;

  it("go to the one that was created first, then to the first by key", () => {
    const pushTopic = "both";
    add(routingService("b/one", 1, { pushTopic }));
    expect(add(routingService("a/two", 2, { pushTopic }))).toEqual(new Set(["b/one"]));
    add(routingService("c/three", 1, { pushTopic }));
    add(routingService("d/other", 0, { pushTopic: "another" }));
    expect(["b/one", "a/two", "c/three", "d/other"].map(holderFor)).toEqual([
      undefined,
      "b/one",
      "b/one",
      undefined,
    ]);
  });

  it("stay with the one that uses them, by its status or because it is being applied", () => {
    const pushTopic = "both";
    add(routingService("a/older", 1, { pushTopic }));
    add(routingService("b/newer", 2, { pushTopic }, { names: { ...NAMES, pushTopic } }));
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual(["b/newer", undefined]);

    add(routingService("b/newer", 2, { pushTopic }));
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual([undefined, "a/older"]);
    const applied = routingService("b/newer", 2, { pushTopic });
    names.applying("b/newer", applied, { ...NAMES, pushTopic });
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual(["b/newer", undefined]);

    // Another process may have led since.
    names.forgetApplied(() => applied);
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual([undefined, "a/older"]);
  });

  it("are free once it is gone or has others, and those that wait are told", () => {
    const pushTopic = "both";
    add(routingService("a/one", 1, { pushTopic }));
    add(routingService("b/two", 2, { pushTopic }));
    expect(add(routingService("a/one", 1, { pushTopic: "its-own" }))).toEqual(new Set(["b/two"]));
    expect(holderFor("b/two")).toBeUndefined();

    // What it asks for now is not what its objects use.
    add(routingService("a/one", 1, { pushTopic: "its-own" }, { names: { ...NAMES, pushTopic } }));
    expect(holderFor("b/two")).toBe("a/one");
    expect(names.changed("a/one", undefined)).toEqual(new Set(["b/two"]));
    expect(holderFor("b/two")).toBeUndefined();
  });
});
