import { ApiError, type KubeObject } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import type { DesiredState } from "./desired-state.ts";
import { observe } from "./owned-object.ts";
import { objectsToPrune, pruneObject } from "./prune.ts";
import { MANAGED_BY, ownerReferenceTo, ROUTING_SERVICE, type RoutingService } from "./routing-service.ts";

const SHOP: RoutingService = {
  ...ROUTING_SERVICE,
  metadata: { name: "shop", namespace: "n", uid: "of-shop" },
  spec: {},
};
const NAME = { apiVersion: "v1", kind: "ConfigMap" };
const ENTRY = { group: "", version: "v1", kind: "ConfigMap", name: "shop-api" };
const TOPIC = { apiVersion: "pubsub.cnrm.cloud.google.com/v1beta1", kind: "PubSubTopic" };
const TOPIC_ENTRY = {
  group: "pubsub.cnrm.cloud.google.com",
  version: "v1beta1",
  kind: "PubSubTopic",
  name: "t",
};
const ABANDON = { "cnrm.cloud.google.com/deletion-policy": "abandon" };

/** What the operator has applied, with these changes. */
function owned(metadata: Partial<KubeObject["metadata"]> = {}, kind = NAME): KubeObject {
  const labels = { [MANAGED_BY.label]: MANAGED_BY.value };
  const given = {
    name: "shop-api",
    namespace: "n",
    uid: "live",
    labels,
    ownerReferences: [ownerReferenceTo(SHOP)],
  };
  return { ...kind, metadata: { ...given, ...metadata } };
}

/** The API server's answers; notes what is written. */
function cluster(live: KubeObject | undefined, onDelete = async () => {}) {
  const writes: unknown[] = [];
  const client: Parameters<typeof pruneObject>[0] = {
    async get() {
      if (live === undefined) throw new ApiError(404, { reason: "NotFound" }, "get /x");
      return live;
    },
    async mergePatch(object, patch) {
      writes.push(["patch", patch]);
      return object as KubeObject;
    },
    async delete(_, { uid } = {}) {
      writes.push(["delete", uid]);
      await onDelete();
    },
  };
  return { client, writes };
}

const desired = (...objects: { readonly apiVersion: string }[]) => ({ objects }) as unknown as DesiredState;

describe("pruning", () => {
  it("deletes an object that is ours by label and by owner, and no other that has its name by then", async () => {
    const { client, writes } = cluster(owned());
    expect(await pruneObject(client, SHOP, ENTRY, desired())).toEqual({ apiVersion: "v1" });
    expect(writes).toEqual([["delete", "live"]]);
  });

  it.each<[string, KubeObject | undefined]>([
    ["is gone", undefined],
    ["has no owner", owned({ ownerReferences: [] })],
    ["belongs to another", owned({ ownerReferences: [{ ...ownerReferenceTo(SHOP), uid: "of-other" }] })],
    ["has no label of ours", owned({ labels: {} })],
    ["is managed by another", owned({ labels: { [MANAGED_BY.label]: "helm" } })],
    ["is being deleted", owned({ deletionTimestamp: "2026-01-01T00:00:00Z" })],
  ])("leaves alone an object that %s", async (_, live) => {
    const { client, writes } = cluster(live);
    expect(await pruneObject(client, SHOP, ENTRY, desired())).toBeUndefined();
    expect(writes).toEqual([]);
  });

  it.each([404, 409])("counts nothing as deleted that somebody else was faster with (%d)", async (status) => {
    const reason = status === 404 ? "NotFound" : "Conflict";
    const { client } = cluster(owned(), async () => {
      throw new ApiError(status, { reason }, "delete /x");
    });
    expect(await pruneObject(client, SHOP, ENTRY, desired())).toBeUndefined();
  });

  it("throws when the API server refuses", async () => {
    const { client } = cluster(owned(), async () => {
      throw new ApiError(403, { reason: "Forbidden" }, "delete /x");
    });
    await expect(pruneObject(client, SHOP, ENTRY, desired())).rejects.toBeInstanceOf(ApiError);
  });
});

describe("pruning Config Connector's objects", () => {
  const patch = ["patch", { metadata: { uid: "live", annotations: ABANDON } }];

  it("leaves at Google what the spec leaves to somebody else, and says so before the deletion", async () => {
    const { client, writes } = cluster(owned({}, TOPIC));
    const pruned = await pruneObject(client, SHOP, TOPIC_ENTRY, desired(NAME));
    expect(pruned).toEqual({ apiVersion: TOPIC.apiVersion, staysAtGoogle: true });
    expect(writes).toEqual([patch, ["delete", "live"]]);
  });

  it("deletes at Google what a spec with such objects no longer names", async () => {
    const { client, writes } = cluster(owned({}, TOPIC));
    const pruned = await pruneObject(client, SHOP, TOPIC_ENTRY, desired(NAME, TOPIC));
    expect(pruned).toEqual({ apiVersion: TOPIC.apiVersion, staysAtGoogle: false });
    expect(writes).toEqual([["delete", "live"]]);
  });

  it("keeps at Google what somebody has annotated so", async () => {
    const { client, writes } = cluster(owned({ annotations: ABANDON }, TOPIC));
    const pruned = await pruneObject(client, SHOP, TOPIC_ENTRY, desired(TOPIC));
    expect(pruned).toEqual({ apiVersion: TOPIC.apiVersion, staysAtGoogle: true });
    expect(writes).toEqual([["delete", "live"]]);
  });
});

describe("what is to be pruned", () => {
  const key = observe(owned()).key;
  const inStatus: RoutingService = { ...SHOP, status: { inventory: [ENTRY] } };

  it("is what the status lists or what is owned, once, unless it is wanted or being deleted", () => {
    const object = observe(owned());
    expect(objectsToPrune(inStatus, new Set(), [])).toEqual([ENTRY]);
    expect(objectsToPrune(SHOP, new Set(), [object])).toEqual([ENTRY]);
    expect(objectsToPrune(inStatus, new Set(), [object])).toEqual([ENTRY]);
    expect(objectsToPrune(inStatus, new Set([key]), [object])).toEqual([]);
    expect(objectsToPrune(SHOP, new Set(), [{ ...object, isTerminating: true }])).toEqual([]);
  });
});
