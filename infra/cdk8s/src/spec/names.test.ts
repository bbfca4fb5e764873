import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../testing/variants.ts";
import { NAMES_OF_010, objectsOf010 } from "../../testing/version-010.ts";
import { cloudResources } from "../cloud/cloud-resources.ts";
import { renderRoutingService } from "../render-routing-service.ts";
import { claimsOf, statusNames } from "./claims.ts";
import { namesOf } from "./names.ts";
import { parseProps } from "./parse-props.ts";
import type { RoutingServiceSpecInput } from "./routing-service-props.ts";

const { google, redis } = MINIMAL;
const OLD: RoutingServiceSpecInput = { ...MINIMAL, google: { ...google, pubsub: NAMES_OF_010 } };
const LONG = ["n".repeat(40), "s".repeat(63)] as const;

const props = (name: string, namespace: string, spec: object = {}) =>
  parseProps(name, namespace, { ...MINIMAL, ...spec });

/** With one Redis for all. */
function claims(name: string, namespace: string, spec: object = {}): string[] {
  const own = props(name, namespace, { redis: { url: "redis://redis.example:6379" }, ...spec });
  return claimsOf(own, own.spec, statusNames(namesOf(own))).map(({ key }) => key);
}

describe("names", () => {
  it("derive from namespace and name", () => {
    expect(statusNames(namesOf(props("shop", "prod")))).toEqual({
      ingressTopic: "dumbwaiter-ingress.prod.shop",
      ingressSubscription: "dumbwaiter-processor.prod.shop",
      deadLetterTopic: "dumbwaiter-dead-letter.prod.shop",
      deadLetterSubscription: "dumbwaiter-dead-letter.prod.shop",
      pushTopic: "dumbwaiter-push.prod.shop",
      firestoreCollectionPrefix: "prod.shop.",
      redisKeyPrefix: "prod.shop:",
    });
  });

  it("are those that the spec gives", () => {
    const spec = {
      google: { ...google, pubsub: { pushTopic: "mine" }, firestoreCollectionPrefix: "mine_" },
      redis: { ...redis, keyPrefix: "" },
    };
    expect(statusNames(namesOf(props("shop", "prod", spec)))).toMatchObject({
      ingressTopic: "dumbwaiter-ingress.prod.shop",
      pushTopic: "mine",
      firestoreCollectionPrefix: "mine_",
      redisKeyPrefix: "",
    });
  });

  it("are another's for no namespace and name, however similar or long", () => {
    const owners = [
      ["a", "b-c"],
      ["b-c", "a"],
      ["c", "a-b"],
      ["b", "a"],
      ["a", "b"],
      LONG,
      [LONG[0], `${"s".repeat(62)}t`],
      [`${"n".repeat(39)}o`, LONG[1]],
      ["0", "goog"],
    ] as const;
    const all = owners.flatMap(([name, namespace]) => claims(name, namespace));
    expect(all).toHaveLength(owners.length * 7);
    expect(new Set(all).size).toBe(all.length);
  });

  it("satisfy Pub/Sub, Firestore and Redis, and the schema of their own fields", () => {
    for (const owner of [LONG, ["0", "0"] as const, ["google", "goog"] as const]) {
      const { pubsub, collectionPrefix = "", keyPrefix = "" } = namesOf(props(...owner));
      // Also the value of a label, by which the autoscaler selects the subscription.
      for (const id of Object.values(pubsub)) expect(id).toMatch(/^dumbwaiter-[A-Za-z0-9._-]{1,51}[a-z0-9]$/);
      for (const { collectionGroup } of cloudResources(props(...owner)).fields) {
        expect(collectionGroup).toMatch(/^(?!__.*__$)[^/]{1,1500}$/);
        expect(collectionGroup.startsWith(`${collectionPrefix}`)).toBe(true);
      }
      const given = {
        google: { ...google, pubsub, firestoreCollectionPrefix: collectionPrefix },
        redis: { ...redis, keyPrefix },
      };
      expect(namesOf(props("other", "other", given))).toEqual(namesOf(props(...owner)));
    }
  });
});

describe("a RoutingService of version 0.1.0", () => {
  const old = parseProps("shop", "prod", OLD);

  it("keeps every name", () => {
    expect(statusNames(namesOf(old))).toEqual({
      ...NAMES_OF_010,
      firestoreCollectionPrefix: "",
      redisKeyPrefix: "",
    });
    expect(NAMES_OF_010).toEqual(Object.fromEntries(PUBSUB_NAMES.map((each) => [each.key, each.default])));
    const { topics, subscriptions, fields } = cloudResources(old);
    expect([...topics, ...subscriptions].map(({ id }) => id).sort()).toEqual(
      Object.values(NAMES_OF_010).sort(),
    );
    expect(new Set(fields.map(({ collectionGroup }) => collectionGroup))).toEqual(
      new Set(["access-keys", "messages", "users"]),
    );
  });

  it("keeps the Google service accounts that pods impersonate, and others have other ones", () => {
    const accounts = (name: string, namespace: string, pubsub = {}) =>
      cloudResources(
        props(name, namespace, { google: { ...google, pubsub, workloadIdentity: "impersonation" } }),
      ).serviceAccounts.map(({ id }) => id);
    expect(accounts("shop", "prod", NAMES_OF_010)).toEqual(["shop-api", "shop-processor", "shop-realtime"]);
    const others = [...accounts("shop", "prod"), ...accounts("shop", "test"), ...accounts(...LONG)];
    expect(new Set([...others, "shop-api", "shop-processor", "shop-realtime"]).size).toBe(12);
    for (const id of others) expect(id).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  });

  it("gets the same pods, but for the sizes of the heap", () => {
    const spec = {
      ...OLD,
      // Stored like the IDs.
      images: { tag: "0.1.0" },
      google: { ...OLD.google, cloudResources: "external" },
      ...Object.fromEntries(
        ["api", "processor", "realtime"].map((component) => [component, { replicas: { min: 1, max: 1 } }]),
      ),
    };
    const rendered = renderRoutingService(parseProps("shop", "prod", spec));
    const podsOf = (objects: typeof rendered) =>
      objects.filter(({ kind }) => kind === "Deployment" || kind === "ConfigMap");
    const withoutSizes = (objects: typeof rendered) =>
      JSON.parse(JSON.stringify(podsOf(objects)).replace(/(space-size=)\d+/g, "$1"));
    expect(withoutSizes(rendered)).toEqual(withoutSizes(objectsOf010("prod")));
  });
});

describe("claims", () => {
  const shared = (one: string[], other: string[]) => one.filter((key) => other.includes(key));

  it("are shared by all that have the names of version 0.1.0", () => {
    const pubsub = { google: { ...google, pubsub: NAMES_OF_010 } };
    expect(shared(claims("a", "one", pubsub), claims("b", "two", pubsub))).toHaveLength(7);
  });

  it("include the Google service accounts that pods impersonate", () => {
    const ids = (own: string) => Object.fromEntries(PUBSUB_NAMES.map(({ key }) => [key, `${key}-of-${own}`]));
    const shop = (namespace: string, changes: object = {}) =>
      claims("shop", namespace, {
        google: {
          ...google,
          pubsub: ids(namespace),
          firestoreCollectionPrefix: namespace,
          workloadIdentity: "impersonation",
          ...changes,
        },
        redis: { url: "redis://redis.example:6379", keyPrefix: namespace },
      });
    expect(shared(shop("one"), shop("two"))).toEqual(
      ["api", "processor", "realtime"].map((component) => `projects/a-project/accounts/shop-${component}`),
    );
    for (const changes of [
      { project: "another" },
      { workloadIdentity: "direct" },
      { emulators: { pubsub: "p:1", firestore: "f:1" }, cloudResources: "external" },
      { pubsub: {} },
    ])
      expect(shared(shop("one"), shop("two", changes))).toEqual([]);
  });

  it("are not shared with another project or database", () => {
    const pubsub = NAMES_OF_010;
    const [one, project, database] = [
      claims("a", "one", { google: { ...google, pubsub }, redis: { url: "redis://a" } }),
      claims("b", "two", { google: { ...google, pubsub, project: "other" }, redis: { url: "redis://b" } }),
      claims("c", "two", {
        google: { ...google, pubsub, firestoreDatabase: "mine" },
        redis: { url: "redis://c" },
      }),
    ] as const;
    expect(shared(one, project)).toEqual([]);
    expect(shared(one, database)).toHaveLength(5);
  });

  it.each([
    ["redis://redis", "redis://redis.one:6379", "redis"],
    ["redis://redis.one.svc", "rediss://REDIS.one.svc.cluster.local:6379/3", "redis"],
    ["redis://a.example:1,b.example:2", "redis://b.example:2,c.example:3", "redis"],
    ["redis://[fd00::1]:6379", "redis://[fd00::1]", "redis"],
    ["redis://redis", "redis://redis", undefined],
    ["redis://redis.example:1", "redis://redis.example:2", undefined],
  ])("know %s and %s, seen from two namespaces", (first, second, isShared) => {
    const google = (project: string) => ({ ...MINIMAL.google, project });
    const keys = { keyPrefix: "same:" };
    const one = claims("a", "one", { google: google("one"), redis: { url: first, ...keys } });
    const other = claims("b", "two", { google: google("two"), redis: { url: second, ...keys } });
    expect(shared(one, other)).toHaveLength(isShared === undefined ? 0 : 1);
  });

  it("take a Secret for the Redis that is in it", () => {
    const redis = { urlSecret: { name: "redis" }, keyPrefix: "same:" };
    const google = (project: string) => ({ ...MINIMAL.google, project });
    const one = claims("a", "one", { google: google("one"), redis });
    expect(shared(one, claims("b", "one", { google: google("two"), redis }))).toHaveLength(1);
    expect(shared(one, claims("b", "two", { google: google("two"), redis }))).toEqual([]);
  });
});
