import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  exists,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { customResourceDefinition, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { CRD_OF_010 } from "@dumbwaiter/infra/testing/version-010";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const VERSIONS = ["v1alpha1", "v1beta1"] as const;
type Version = (typeof VERSIONS)[number];

const CRD_NAME = "routingservices.dumbwaiter.io";
const CRD_PATH = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`;
const VERBOSE: RoutingServiceSpecInput = { ...SMALL, observability: { logLevel: "debug" } };

interface Crd extends KubeObject {
  readonly spec: { readonly versions: readonly { readonly name: string }[] };
}

/** A cluster of its own, because the tests change the versions of the CRD. */
let cluster: OwnedCluster;
let client: KubeClient;
let namespace: string;
let operator: OperatorProcess;
let plugin: InstalledPlugin;

beforeAll(async () => {
  cluster = await startCluster();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  namespace = await cluster.namespace();
  operator = await startOperator({
    kubeconfigPath: await grantRights(cluster, namespace),
    namespaces: [namespace],
  });
  plugin = await installPlugin(cluster);
}, 240_000);
afterAll(async () => {
  await plugin?.uninstall();
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

function written(version: Version, name: string, spec = SMALL): RoutingService {
  return { ...routingService(name, namespace, spec), apiVersion: `dumbwaiter.io/${version}` };
}

const read = async (version: Version, name: string) =>
  (await client.get(written(version, name))) as RoutingService;

/** This version's CRD, with another stored version. */
function crdThatStores(stored: Version): Crd {
  const crd = customResourceDefinition() as Crd;
  const versions = crd.spec.versions.map((each) => ({ ...each, storage: each.name === stored }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

async function install(crd: KubeObject): Promise<void> {
  // As to go back on purpose.
  await cluster.kubectl(["label", "crd", CRD_NAME, "app.kubernetes.io/version-"]);
  await cluster.apply([crd], ["--force-conflicts"]);
}

const storedVersions = async () => (await cluster.request(CRD_PATH)).body.status.storedVersions;

async function podTemplates(name: string): Promise<(number | undefined)[]> {
  const objects = await ownedObjects(client, await read("v1alpha1", name));
  return objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.generation);
}

/** The tests follow one another, as the versions of the CRD do. */
it.each(VERSIONS)(
  "the operator serves what is written as %s, and it can be read as either",
  async (version) => {
    await applyRoutingService(client, written(version, version, VERBOSE));
    await untilCondition(client, written(version, version), "Ready");
    await eventually(async () => {
      const [alpha, beta] = [await read("v1alpha1", version), await read("v1beta1", version)];
      expect(beta).toEqual({ ...alpha, apiVersion: "dumbwaiter.io/v1beta1" });
    });
    for (const object of await ownedObjects(client, await read(version, version))) {
      expect(object.metadata.ownerReferences).toMatchObject([{ apiVersion: "dumbwaiter.io/v1alpha1" }]);
    }
    expect(await storedVersions()).toEqual(["v1alpha1"]);
  },
);

it("kubectl shows the newest version", async () => {
  const { stdout } = await cluster.kubectl(["get", "rsvc", "-n", namespace, "-o", "name", "-v=0"]);
  expect(stdout.trim().split("\n")).toHaveLength(VERSIONS.length);
  const get = ["get", "rsvc", "v1alpha1", "-n", namespace, "-o", "jsonpath={.apiVersion}"];
  expect((await cluster.kubectl(get)).stdout).toBe("dumbwaiter.io/v1beta1");
});

it.each(VERSIONS)(
  "kubectl dumbwaiter plans no change of what was written as the other, and pauses it",
  async (version) => {
    for (const name of VERSIONS) {
      const stdin = JSON.stringify(written(version, name, VERBOSE));
      const options = ["--server-side", "--field-manager", "tests", "-o", "json"];
      const answer = await plugin.run(["plan", "-f", "-", ...options], { stdin });
      expect(answer).toMatchObject({ exitCode: 0, stderr: "" });
      expect(JSON.parse(answer.stdout).plans).toMatchObject([{ action: "none", objects: [], refused: [] }]);
    }
    const paused = await plugin.run(["pause", version, "-n", namespace]);
    expect(paused).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await read(version, version)).spec.paused).toBe(true);
    await plugin.run(["resume", version, "-n", namespace]);
  },
);

it.each([
  ["kubectl apply", []],
  ["kubectl apply --server-side", ["--server-side"]],
])("%s moves a manifest to the other version, and removes what it no longer has", async (_, flags) => {
  const name = `moved-${flags.length}`;
  const apply = async (object: RoutingService) => {
    await cluster.kubectl(["apply", "-f", "-", ...flags], { stdin: JSON.stringify(object) });
  };
  await apply(written("v1alpha1", name, VERBOSE));
  await untilCondition(client, written("v1beta1", name), "Ready");
  const before = { templates: await podTemplates(name), metadata: (await read("v1beta1", name)).metadata };

  await apply(written("v1beta1", name, VERBOSE));
  const { metadata, spec } = await read("v1beta1", name);
  expect(metadata).toMatchObject({ uid: before.metadata.uid, generation: before.metadata.generation });
  expect(spec.observability?.logLevel).toBe("debug");
  expect(await podTemplates(name)).toEqual(before.templates);

  await apply(written("v1beta1", name));
  expect((await read("v1alpha1", name)).spec.observability?.logLevel).toBe("info");
  await client.delete(written("v1beta1", name));
});

/** As docs/operator.md tells to. The API server cannot convert fields of a version that it does not serve. */
async function forgetOwners(name: string): Promise<void> {
  const resource = ["routingservices.v1alpha1.dumbwaiter.io", name, "-n", namespace];
  await cluster.kubectl(["patch", ...resource, "--type=merge", "-p", '{"metadata":{"managedFields":[{}]}}']);
}

it("a rollback to the CRD of 0.1.0 keeps what was written as v1beta1, and replaces no pod", async () => {
  const names = ["v1beta1", "forgotten"];
  await applyRoutingService(client, written("v1beta1", "forgotten", VERBOSE));
  await untilCondition(client, written("v1beta1", "forgotten"), "Ready");
  const look = () =>
    Promise.all(
      names.map(async (name) => {
        const { metadata, spec } = await read("v1alpha1", name);
        return { uid: metadata.uid, spec, templates: await podTemplates(name) };
      }),
    );
  const before = await look();
  await forgetOwners("v1beta1");
  await install(CRD_OF_010 as KubeObject);
  await eventually(async () => {
    const answer = await cluster.request("/apis/dumbwaiter.io/v1beta1");
    expect(answer.status).toBe(404);
  }, 60_000);
  // Its CRD has fewer fields, and their defaults go with them.
  for (const { spec } of await look()) expect(spec).toMatchObject(VERBOSE);

  const apply = (name: string) => cluster.apply([written("v1alpha1", name, VERBOSE)], ["--force-conflicts"]);
  await apply("v1beta1");
  await expect(apply("forgotten")).rejects.toThrow("invalid group/version: dumbwaiter.io/v1beta1");
  await forgetOwners("forgotten");
  await apply("forgotten");
  for (const name of names) await untilCondition(client, written("v1alpha1", name), "Ready");

  await install(customResourceDefinition() as KubeObject);
  await eventually(() => read("v1beta1", "v1beta1"), 60_000);
  for (const name of names) await untilCondition(client, written("v1alpha1", name), "Ready");
  expect((await look()).map(({ uid, templates }) => ({ uid, templates }))).toEqual(
    before.map(({ uid, templates }) => ({ uid, templates })),
  );
});

it("a later version can store v1beta1, and this one goes on beside it", async () => {
  await install(crdThatStores("v1beta1"));
  await eventually(async () => expect(await storedVersions()).toEqual(VERSIONS), 60_000);
  await applyRoutingService(client, written("v1beta1", "later"));
  for (const name of [...VERSIONS, "later"]) {
    await untilCondition(client, written("v1alpha1", name), "Ready");
  }
  await install(customResourceDefinition() as KubeObject);
  await eventually(async () => expect((await read("v1alpha1", "later")).spec).toMatchObject(SMALL), 60_000);
  // The API server itself protects what is stored as v1beta1.
  await expect(install(CRD_OF_010 as KubeObject)).rejects.toThrow(/status\.storedVersions\[1\].*v1beta1/);
});

it("once every object is written again, v1alpha1 can go", async () => {
  await install(crdThatStores("v1beta1"));
  const withoutAlpha = crdThatStores("v1beta1");
  const versions = withoutAlpha.spec.versions.filter(({ name }) => name === "v1beta1");
  const onlyBeta = { ...withoutAlpha, spec: { ...withoutAlpha.spec, versions } };
  await expect(install(onlyBeta)).rejects.toThrow(/status\.storedVersions\[0\].*v1alpha1/);

  // Somebody else's write in between is a conflict.
  await eventually(async () => {
    const { stdout } = await cluster.kubectl(["get", "rsvc", "--all-namespaces", "-o", "json"]);
    await cluster.kubectl(["replace", "-f", "-"], { stdin: stdout });
  }, 60_000);
  const patch = JSON.stringify({ status: { storedVersions: ["v1beta1"] } });
  await cluster.kubectl(["patch", "crd", CRD_NAME, "--subresource=status", "--type=merge", "-p", patch]);
  await operator.stop();
  await install(onlyBeta);
  await eventually(async () => {
    expect((await cluster.request("/apis/dumbwaiter.io/v1alpha1")).status).toBe(404);
  }, 60_000);
  for (const name of [...VERSIONS, "later"])
    expect(await exists(client, written("v1beta1", name))).toBe(true);
});
