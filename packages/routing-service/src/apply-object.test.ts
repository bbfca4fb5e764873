import { ApiError, type KubeObject } from "@dumbwaiter/kubernetes";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ApplyClient, applyObject } from "./apply-object.ts";
import { observe } from "./owned-object.ts";
import { NotOursError } from "./ownership.ts";
import { ROUTING_SERVICE } from "./routing-service.ts";

const OWNER = { ...ROUTING_SERVICE, name: "shop", uid: "u" };
const SERVICE: KubeObject = {
  ...{ apiVersion: "v1", kind: "Service" },
  metadata: { name: "shop-api", namespace: "n", ownerReferences: [OWNER] },
};

const withUid = (uid: string): KubeObject => ({ ...SERVICE, metadata: { ...SERVICE.metadata, uid } });
const invalid = () => new ApiError(422, { reason: "Invalid", message: "no" }, "patch /x");

describe("an apply that the API server calls invalid", () => {
  let requests: string[];
  let live: KubeObject | undefined;
  beforeEach(() => {
    requests = [];
  });

  const client: ApplyClient = {
    async find() {
      requests.push("find");
      return live;
    },
    async apply({ metadata }) {
      requests.push(`apply to ${metadata.uid}`);
      if (metadata.uid !== live?.metadata.uid || live?.metadata.uid === "invalid") throw invalid();
      return live as KubeObject;
    },
    async mergePatch() {
      requests.push("patch");
      throw invalid();
    },
  };

  it("is not repeated for the same object", async () => {
    live = withUid("invalid");
    const applied = applyObject(client, { firstReplicas: undefined }, SERVICE, { known: observe(live) });
    await expect(applied).rejects.toBeInstanceOf(ApiError);
    expect(requests).toEqual(["apply to invalid", "find", "patch"]);
  });

  it("is not repeated for an object that does not exist", async () => {
    live = undefined;
    const refusing = { ...client, apply: async () => Promise.reject(invalid()) };
    await expect(applyObject(refusing, { firstReplicas: undefined }, SERVICE)).rejects.toBeInstanceOf(
      ApiError,
    );
    expect(requests).toEqual(["find"]);
  });

  it("is made again over another object of ours, even if that has appeared since a read", async () => {
    live = withUid("one");
    const swapping = {
      ...client,
      async apply(...args: Parameters<ApplyClient["apply"]>) {
        if (!requests.includes("apply to one")) live = withUid("two");
        return client.apply(...args);
      },
    };
    await applyObject(swapping, { firstReplicas: undefined }, SERVICE, { readLive: true });
    expect(requests).toEqual(["find", "apply to one", "find", "find", "apply to two"]);
  });

  it("is given up if the other object is somebody else's", async () => {
    const known = observe(withUid("one"));
    live = { ...withUid("two"), metadata: { name: "shop-api", namespace: "n", uid: "two" } };
    const applied = applyObject(client, { firstReplicas: undefined }, SERVICE, { known });
    await expect(applied).rejects.toBeInstanceOf(NotOursError);
    expect(requests).toEqual(["apply to one", "find", "find"]);
  });
});
