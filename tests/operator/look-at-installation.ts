import { withoutEgress, withoutSettings } from "@dumbwaiter/dev-env/operator/besides-upgrade";
import type { RoutingService } from "@dumbwaiter/dev-env/operator/routing-service";
import { contentOf } from "@dumbwaiter/dev-env/operator/somebody-elses";
import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import { expect } from "@jest/globals";

// biome-ignore lint/suspicious/noExplicitAny: the content of an object of any kind
type Content = any;

/** Every object of the RoutingService with all that its owner sets, its uid and its generation; and its pods. */
export async function lookAt(client: KubeClient, shop: RoutingService, objects: readonly KubeObject[]) {
  const { namespace } = shop.metadata;
  const contents: Record<string, Content> = {};
  for (const object of objects) {
    contents[`${object.kind} ${object.metadata.name}`] = await contentOf(client, object);
  }
  const labelSelector = "app.kubernetes.io/instance=shop";
  const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
  const { metadata, spec } = shop;
  return {
    routingService: { uid: metadata.uid, deletionTimestamp: metadata.deletionTimestamp, google: spec.google },
    contents,
    pods: pods
      .filter((pod) => pod.metadata.deletionTimestamp === undefined)
      .map((pod) => pod.metadata.uid)
      .sort(),
  };
}

export type Look = Awaited<ReturnType<typeof lookAt>>;

/** Version 0.1.0 has fewer settings than this one: nothing but this replaces the pods, once. */
export function expectOtherSettings(before: Look, after: Look, fewer: Look): void {
  expect(after.routingService).toEqual(before.routingService);
  expect(after.pods).toHaveLength(before.pods.length);
  expect(after.pods.filter((uid) => before.pods.includes(uid))).toEqual([]);
  for (const [name, was] of Object.entries(before.contents)) {
    const is = after.contents[name];
    if (name.startsWith("Deployment ")) {
      expect(withoutSettings(is)).toEqual(withoutSettings(was));
      expect(is.generation).toBe(was.generation + 1);
    } else if (name.startsWith("ConfigMap ")) {
      expect({ ...is, data: {} }).toEqual({ ...was, data: {} });
      const more = fewer === before ? is : was;
      expect(more.data).toMatchObject(fewer.contents[name].data);
      expect(Object.keys(more.data).length).toBeGreaterThan(Object.keys(fewer.contents[name].data).length);
    } else if (name.startsWith("NetworkPolicy ")) expect(withoutEgress(is)).toEqual(withoutEgress(was));
    else expect([name, is]).toEqual([name, was]);
  }
}
