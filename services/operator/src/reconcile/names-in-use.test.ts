import { claimantOf, type RoutingService, type RoutingServiceStatus } from "@dumbwaiter/routing-service";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { NamesInUse } from "./names-in-use.ts";

function routingService(
  key: string,
  createdAt: number,
  pubsub: object,
  status?: RoutingServiceStatus,
  redis = `redis.${key.split("/")[0]}.example`,
): RoutingService {
  const [namespace = "", name = ""] = key.split("/");
  const creationTimestamp = new Date(createdAt * 1000).toISOString();
  return {
    ...{ apiVersion: "dumbwaiter.io/v1alpha1", kind: "RoutingService" },
    metadata: { namespace, name, uid: `uid of ${key}`, creationTimestamp },
    // Not a valid spec, but it says enough of names.
    spec: {
      google: { project: "a-project", pubsub },
      redis: { url: `redis://${redis}`, keyPrefix: "" },
      auth: {},
    },
    ...(status === undefined ? {} : { status }),
  } as RoutingService;
}

/** The status of one that was applied completely with this spec. */
function statusAfter(service: RoutingService): RoutingServiceStatus {
  return { claims: [...claimantOf(service).wanted.keys()] };
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
    const newer = routingService("b/newer", 2, { pushTopic });
    add(routingService("a/older", 1, { pushTopic }));
    add(routingService("b/newer", 2, { pushTopic }, statusAfter(newer)));
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual(["b/newer", undefined]);

    add(newer);
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual([undefined, "a/older"]);
    names.applying("b/newer", newer);
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual(["b/newer", undefined]);

    // Another process may have led since.
    names.forgetApplied(() => newer);
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual([undefined, "a/older"]);
  });

  it("are in the Redis that its objects use, not in the one that its spec has by now", () => {
    const [one, two] = ["redis-1.example", "redis-2.example"];
    const older = statusAfter(routingService("a/older", 1, {}, {}, one));
    const newer = statusAfter(routingService("b/newer", 2, {}, {}, two));
    add(routingService("a/older", 1, {}, older, two));
    add(routingService("b/newer", 2, {}, newer, two));
    add(routingService("c/third", 3, {}, {}, one));
    expect(["a/older", "b/newer", "c/third"].map(holderFor)).toEqual(["b/newer", undefined, "a/older"]);

    // Nothing can be read from this spec, but its pods run.
    add({ ...routingService("a/older", 1, {}, older), spec: { redis: 1 } });
    expect(holderFor("c/third")).toBe("a/older");
  });

  it("are both the old and the new until the status has only the new", () => {
    const old = statusAfter(routingService("a/one", 1, { pushTopic: "old" }));
    const changed = routingService("a/one", 1, { pushTopic: "new" }, old);
    add(changed);
    names.applying("a/one", changed);
    add(routingService("b/old", 0, { pushTopic: "old" }));
    add(routingService("c/new", 0, { pushTopic: "new" }));
    expect(["b/old", "c/new"].map(holderFor)).toEqual(["a/one", "a/one"]);
    expect(names.heldBy("a/one")).toEqual(expect.arrayContaining(["projects/a-project/topics/old"]));
    expect(add(routingService("a/one", 1, { pushTopic: "new" }, statusAfter(changed)))).toContain("b/old");
    expect(["b/old", "c/new"].map(holderFor)).toEqual([undefined, "a/one"]);
  });

  it("are those of the spec of one that version 0.1.0 applied", () => {
    const pushTopic = "both";
    add(routingService("a/older", 1, { pushTopic }));
    add(routingService("b/newer", 2, { pushTopic }, { inventory: [] }));
    expect([holderFor("a/older"), holderFor("b/newer")]).toEqual(["b/newer", undefined]);
  });

  it("are said to be used only by one that uses them, which comes before one that only asks", () => {
    const user = routingService("c/user", 3, { pushTopic: "used" });
    add(routingService("a/asks", 1, { pushTopic: "used", deadLetterTopic: "asked" }));
    add(routingService("b/asks", 2, { pushTopic: "used", deadLetterTopic: "asked" }));
    expect(names.conflictOf("b/asks")?.message).toContain(
      "RoutingService a/asks asked first for topic asked (google.pubsub.deadLetterTopic), topic used",
    );
    add({ ...user, status: statusAfter(user) });
    expect(names.conflictOf("b/asks")?.message).toContain("RoutingService c/user already uses topic used");
    expect(names.conflictOf("b/asks")?.message).not.toContain("topic asked");
  });

  it("are free once it is gone or has others, and those that wait are told", () => {
    const pushTopic = "both";
    add(routingService("a/one", 1, { pushTopic }));
    add(routingService("b/two", 2, { pushTopic }));
    expect(add(routingService("a/one", 1, { pushTopic: "its-own" }))).toEqual(new Set(["b/two"]));
    expect(holderFor("b/two")).toBeUndefined();

    // What it asks for now is not what its objects use.
    const status = statusAfter(routingService("a/one", 1, { pushTopic }));
    add(routingService("a/one", 1, { pushTopic: "its-own" }, status));
    expect(holderFor("b/two")).toBe("a/one");
    expect(names.changed("a/one", undefined)).toEqual(new Set(["b/two"]));
    expect(holderFor("b/two")).toBeUndefined();
  });
});
