import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import { applyRoutingService, routingService, SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import {
  cloudResources,
  gcloudScript,
  parseProps,
  type RoutingServiceSpecInput,
  renderRoutingService,
} from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { connectKubernetes, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";

/** Its cloud resources are external. */
const SPEC: RoutingServiceSpecInput = {
  ...SMALL,
  google: {
    ...SMALL.google,
    firestoreAccess: "database",
    topics: { storagePolicy: { allowedRegions: ["europe-west1"] } },
  },
};

let namespace: string;
let plugin: InstalledPlugin;
let apply: (objects: string) => Promise<unknown>;
beforeAll(async () => {
  const cluster = await sharedCluster();
  namespace = await cluster.namespace();
  plugin = await installPlugin(cluster);
  // With the CRD of RoutingServices.
  await grantRights(cluster, namespace);
  await installCrds(cluster);
  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  await applyRoutingService(client, routingService("live", namespace, SPEC));
  await client.close();
  apply = (objects) => cluster.kubectl(["apply", "--server-side", "-f", "-"], { stdin: objects });
});
afterAll(() => plugin?.uninstall());

const file = (name: string, spec = SPEC) => JSON.stringify(routingService(name, namespace, spec));
const run = (args: readonly string[], stdin?: string) =>
  plugin.run(["cloud-resources", "-n", namespace, ...args], stdin === undefined ? {} : { stdin });

async function print(args: readonly string[], stdin?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args, stdin);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

function objectsIn(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml, { version: "1.1" }).map((document) => document.toJS());
}

/** What the operator would apply if Config Connector managed the resources. */
function connectorObjects(name: string) {
  const google = { ...SPEC.google, cloudResources: "configConnector" };
  const objects = renderRoutingService(parseProps(name, namespace, { ...SPEC, google }));
  return objects.filter(({ apiVersion }) => apiVersion.includes(".cnrm.cloud.google.com/"));
}

describe("kubectl dumbwaiter cloud-resources", () => {
  it("prints what Config Connector would get, for a file and for a RoutingService in the cluster", async () => {
    const ofFile = await print(["-f", "-"], file("filed"));
    expect(objectsIn(ofFile)).toEqual(connectorObjects("filed"));
    expect(objectsIn(await print(["live"]))).toEqual(connectorObjects("live"));
    await apply(ofFile);
  });

  it("prints the script for gcloud instead", async () => {
    const props = parseProps("filed", namespace, SPEC);
    expect(await print(["-f", "-", "--output", "gcloud"], file("filed"))).toBe(gcloudScript(props));
    const script = await print(["live", "--output", "gcloud"]);
    for (const { id } of cloudResources(parseProps("live", namespace, SPEC)).topics)
      expect(script).toContain(`gcloud pubsub topics create ${id} `);
  });

  it("prints those of several RoutingServices", async () => {
    const both = await print(["-f", "-"], `${file("one")}\n---\n${file("two")}`);
    expect(objectsIn(both)).toEqual([...connectorObjects("one"), ...connectorObjects("two")]);
  });

  it.each<[string, readonly string[], string | undefined, RegExp]>([
    ["neither a name nor a file", [], undefined, /give either the name of a RoutingService or files/],
    ["both", ["live", "-f", "-"], "", /give either the name of a RoutingService or files/],
    ["an absent RoutingService", ["absent"], undefined, /404 NotFound/],
  ])("fails for %s", async (_, args, stdin, problem) => {
    const { exitCode, stdout, stderr } = await run(args, stdin);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(problem);
  });

  it("fails for what needs nothing at Google", async () => {
    const emulators = { pubsub: "pubsub:8085", firestore: "firestore:8086" };
    const spec = { ...SPEC, google: { ...SPEC.google, emulators } };
    const { exitCode, stderr } = await run(["-f", "-"], file("emulated", spec));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: "error: emulated uses emulators (google.emulators) and needs nothing at Google\n",
    });
  });

  it("lists every problem of a spec", async () => {
    const spec = { ...SPEC, api: { replicas: { min: 3, max: 2 } }, redis: { url: "http://h" } };
    const { exitCode, stderr } = await run(["-f", "-"], file("broken", spec));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ {2}- spec.redis.url: .*\n {2}- api.replicas.min must be/);
  });
});
