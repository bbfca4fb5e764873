import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CommandError, type OwnedCluster, startCluster } from "./index.ts";

let cluster: OwnedCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

/** The minimum that the restricted Pod Security Standard admits. */
function deployment(replicas: number, image = "some:1"): object {
  const labels = { app: "some" };
  const container = {
    name: "some",
    image,
    resources: { requests: { cpu: "100m", memory: "100Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "some" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { securityContext, containers: [container] } },
    },
  };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).result.stderr;
}

describe("a test cluster", () => {
  it("runs pods, spread over its nodes", async () => {
    const namespace = await cluster.namespace();
    await cluster.apply([deployment(3)], ["-n", namespace]);
    await cluster.untilAvailable(namespace);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { body } = await cluster.request(path);
    expect(new Set(body.items.map((pod: { spec: { nodeName: string } }) => pod.spec.nodeName)).size).toBe(3);
  });

  it("leaves a pod of an image called never-ready pending", async () => {
    const namespace = await cluster.namespace();
    await cluster.apply([deployment(1, "some:never-ready")], ["-n", namespace]);
    const status = ["rollout", "status", "deployment/some", "-n", namespace, "--timeout=3s"];
    expect(await refusal(cluster.kubectl(status))).toMatch("timed out");
  });

  it("refuses a pod that is not restricted, and reports warnings", async () => {
    const namespace = await cluster.namespace();
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "root" },
      spec: { containers: [{ name: "a", image: "a" }] },
    };
    expect(await refusal(cluster.apply([pod], ["-n", namespace]))).toMatch("violates PodSecurity");

    const template = { metadata: { labels: { app: "root" } }, spec: pod.spec };
    const spec = { selector: { matchLabels: { app: "root" } }, template };
    const unsafe = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "root" }, spec };
    const stdin = JSON.stringify(unsafe);
    const { warnings } = await cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { stdin });
    expect(warnings).toEqual([expect.stringContaining("would violate PodSecurity")]);
    const again = await cluster.request(`/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`, {
      method: "POST",
      body: { ...unsafe, metadata: { name: "another" } },
    });
    expect(again).toMatchObject({ status: 201, warnings });
  });

  it("lets a ServiceAccount do what it may, and logs it", async () => {
    const namespace = await cluster.namespace();
    await cluster.kubectl(["create", "serviceaccount", "reader", "-n", namespace]);
    const role = [
      "create",
      "rolebinding",
      "reader",
      "--clusterrole=view",
      `--serviceaccount=${namespace}:reader`,
    ];
    await cluster.kubectl([...role, "-n", namespace]);
    const kubeconfigPath = await cluster.serviceAccountKubeconfig(namespace, "reader");
    await cluster.kubectl(["get", "configmaps"], { kubeconfigPath });
    expect(await refusal(cluster.kubectl(["get", "secrets"], { kubeconfigPath }))).toMatch("Forbidden");

    const asked = (await cluster.auditLog(`system:serviceaccount:${namespace}:reader`))
      .filter(({ objectRef }) => objectRef !== undefined)
      .map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.resource, responseStatus?.code]);
    expect(asked).toEqual([
      ["list", "configmaps", 200],
      ["list", "secrets", 403],
    ]);
  });

  it("scales by the load that a test sets", async () => {
    const namespace = await cluster.namespace();
    await cluster.apply([deployment(1)], ["-n", namespace]);
    const scaler = ["autoscale", "deployment", "some", "--min=1", "--max=5", "--cpu=50%", "-n", namespace];
    await cluster.kubectl(scaler);
    const scaled = (to: number) =>
      cluster.kubectl([
        "wait",
        "deployment/some",
        "-n",
        namespace,
        `--for=jsonpath={.status.readyReplicas}=${to}`,
        "--timeout=60s",
      ]);
    await cluster.setLoad(namespace, { cpuMillicores: 200 });
    await scaled(4);
    await cluster.setLoad(namespace, { cpuMillicores: 100 });
    await scaled(2);
  });

  it("survives a kill of its API server", async () => {
    const namespace = await cluster.namespace();
    await cluster.kill("kube-apiserver");
    await expect(cluster.request("/readyz")).rejects.toThrow("ECONNREFUSED");
    await cluster.restart("kube-apiserver");
    await cluster.apply([deployment(2)], ["-n", namespace]);
    await cluster.untilAvailable(namespace);
  });

  it("installs charts with helm", async () => {
    const { stdout } = await cluster.helm(["list", "--all-namespaces", "--output", "json"]);
    expect(JSON.parse(stdout)).toEqual([]);
    expect((await cluster.kubectl(["version", "--output=json"])).stdout).toMatch('"gitVersion": "v1.36.3"');
  });

  it("leaves nothing behind", async () => {
    const passing = await startCluster({ nodes: 0 });
    await passing.stop();
    await expect(passing.request("/readyz")).rejects.toThrow();
    expect(existsSync(passing.address.folder)).toBe(false);
  });
});
