import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connectKubernetes } from "./connect-kubernetes.ts";
import type { KubeClient } from "./kube-client.ts";

const MANAGER = { fieldManager: "test" };

let cluster: TestCluster;
let client: KubeClient;
beforeAll(async () => {
  cluster = await sharedCluster();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
});
afterAll(() => client?.close());

describe("a dry run", () => {
  it("changes and deletes nothing", async () => {
    const metadata = { name: "kept", namespace: await cluster.namespace() };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { key: "old" } };
    const stored = await client.apply(object, MANAGER);
    const { uid } = stored.metadata;
    const dry = { ...MANAGER, dryRun: true };
    const data = { key: "new" };

    expect(await client.apply({ ...object, data }, dry)).toMatchObject({ data });
    expect(await client.mergePatch(object, { data }, dry)).toMatchObject({ data });
    const replace = [{ op: "replace", path: "/data/key", value: "new" }] as const;
    expect(await client.jsonPatch(object, replace, dry)).toMatchObject({ data });
    expect(await client.update({ ...stored, data }, dry)).toMatchObject({ data });
    await client.create({ ...object, metadata: { ...metadata, name: "other" } }, dry);
    await client.delete(object, { uid, dryRun: true });
    expect(await client.find({ ...object, metadata: { ...metadata, name: "other" } })).toBeUndefined();
    expect(await client.get(object)).toEqual(stored);

    await client.delete(object, { uid });
    expect(await client.find(object)).toBeUndefined();
  });
});
