import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { CommandError, type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CHART } from "../../testing/chart.ts";
import { NEWER_FIELDS, OLDER_VERSION, olderChart } from "../../testing/older-chart.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { parseProps } from "../spec/parse-props.ts";
import { VERSION } from "../version.ts";

const VALUES = { routingServices: { messages: MINIMAL } };
const RELEASE = "dumbwaiter-operator";
const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/routingservices.dumbwaiter.io";

let cluster: OwnedCluster;
let namespace: string;
let older: string;
let uid: string;

beforeAll(async () => {
  cluster = await startCluster();
  namespace = await cluster.namespace();
  older = await olderChart();
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
  if (older) await rm(dirname(older), { recursive: true });
});

/** `--values -` are VALUES. */
async function helm(...args: readonly string[]): Promise<string> {
  const stdin = JSON.stringify(VALUES);
  const { stdout, stderr } = await cluster.helm([...args, "--namespace", namespace], { stdin });
  expect(stderr).not.toMatch(/warn/i);
  return stdout;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).result.stderr;
}

async function crdVersion(): Promise<string | undefined> {
  return (await cluster.request(CRD)).body.metadata.labels["app.kubernetes.io/version"];
}

function operator() {
  return cluster.request(`/apis/apps/v1/namespaces/${namespace}/deployments/${RELEASE}`);
}

function imageOf({ spec }: Awaited<ReturnType<typeof operator>>["body"]): string {
  return spec.template.spec.containers[0].image;
}

async function messages() {
  const path = `/apis/dumbwaiter.io/v1alpha1/namespaces/${namespace}/routingservices/messages`;
  const { status, body } = await cluster.request(path);
  expect(status).toBe(200);
  return body;
}

/** The tests follow one another, as in the life of an installation. */
describe("the chart", () => {
  it("installs the operator, the CRD and the RoutingServices of its values at once", async () => {
    await helm("install", RELEASE, older, "--values", "-", "--wait", "--timeout", "120s");
    const deployment = await operator();
    expect(deployment.body.status).toMatchObject({ readyReplicas: 2 });
    expect(imageOf(deployment.body)).toBe(`dumbwaiter-operator:${OLDER_VERSION}`);
    expect(await crdVersion()).toBe(OLDER_VERSION);
    const { metadata, spec } = await messages();
    for (const field of NEWER_FIELDS) expect(spec).not.toHaveProperty(field);
    uid = metadata.uid;
  });

  it("upgrades all of them, and gives a stored RoutingService the defaults of new fields", async () => {
    // The values of the older chart, with which its CRD and its image came.
    // Without --wait: Helm would wait for the RoutingService, and no operator runs in these pods.
    await cluster.helm(["upgrade", RELEASE, CHART, "--reuse-values", "--namespace", namespace]);
    expect(await crdVersion()).toBe(VERSION);
    expect(imageOf((await operator()).body)).toBe(`dumbwaiter-operator:${VERSION}`);
    const { metadata, spec } = await messages();
    expect(metadata.uid).toBe(uid);
    expect(metadata.annotations).not.toHaveProperty(["helm.sh/hook"]);
    // The tag is stored: a new operator alone rolls no pods.
    const images = { tag: OLDER_VERSION };
    expect(spec).toEqual(parseProps("messages", namespace, { ...MINIMAL, images }).spec);
  });

  it("changes a RoutingService with its values", async () => {
    await helm(
      "upgrade",
      RELEASE,
      CHART,
      "--values",
      "-",
      "--set",
      "routingServices.messages.api.replicas.max=20",
    );
    expect(await messages()).toMatchObject({ metadata: { uid }, spec: { api: { replicas: { max: 20 } } } });
  });

  it("refuses to go back to an older CRD, before anything has changed", async () => {
    const before = await helm("history", RELEASE);
    expect(await refusal(helm("upgrade", RELEASE, older, "--dry-run=server"))).toMatch(
      `newer than ${OLDER_VERSION}`,
    );
    const problem = await refusal(helm("upgrade", RELEASE, older));
    expect(problem).toMatch(`has version ${VERSION}, which is newer than ${OLDER_VERSION} of this chart`);
    expect(await crdVersion()).toBe(VERSION);
    expect((await helm("history", RELEASE)).split("\n").length).toBeLessThanOrEqual(
      before.split("\n").length + 1,
    );
  });

  it("makes the API server refuse an older CRD, whatever applies it", async () => {
    const apply = cluster.kubectl([
      ...["apply", "--server-side", "--force-conflicts", "-f", `${older}/files/crd.yaml`],
    ]);
    const problem = `the CRD of version ${OLDER_VERSION} is older than the stored one of ${VERSION}`;
    expect(await refusal(apply)).toMatch(problem);
    expect(await refusal(helm("rollback", RELEASE, "1"))).toMatch(problem);
    expect(await crdVersion()).toBe(VERSION);
  });

  it("makes the API server refuse the older pods of the operator", async () => {
    const undo = cluster.kubectl(["rollout", "undo", `deployment/${RELEASE}`, "-n", namespace]);
    expect(await refusal(undo)).toMatch(
      `the operator of version ${OLDER_VERSION} is older than the CRD of ${VERSION}`,
    );
    expect(imageOf((await operator()).body)).toBe(`dumbwaiter-operator:${VERSION}`);
  });

  it("goes back to an older patch", async () => {
    const label = async (kind: string, name: string, version: string) => {
      const to = `app.kubernetes.io/version=${version}`;
      await cluster.kubectl(["label", kind, name, to, "--overwrite", "-n", namespace]);
    };
    const patch = VERSION.replace(/\d+$/, "999");
    await label("deployment", RELEASE, patch);
    await label("crd", "routingservices.dumbwaiter.io", patch);
    await helm("upgrade", RELEASE, CHART, "--dry-run=server");
    await label("deployment", RELEASE, VERSION);
    await label("crd", "routingservices.dumbwaiter.io", VERSION);
    expect(await crdVersion()).toBe(VERSION);
  });

  it("lets another installation upgrade to a version that is still older than the CRD", async () => {
    await helm("install", "other", older, "--set", "crds.install=false");
    const label = (version: string) => {
      const to = ["other-dumbwaiter-operator", `app.kubernetes.io/version=${version}`];
      return cluster.kubectl(["label", "deployment", ...to, "--overwrite", "-n", namespace]);
    };
    await label("0.0.10");
    await label("0.1.0");
    expect(await refusal(label("0.0.10"))).toMatch("the operator of version 0.0.10 is older than the CRD");
    await helm("uninstall", "other", "--wait", "--timeout", "120s");
  });

  it("goes back on purpose, and forward again", async () => {
    await helm("upgrade", RELEASE, CHART, "--values", "-");
    await cluster.kubectl(["label", "crd", "routingservices.dumbwaiter.io", "app.kubernetes.io/version-"]);
    await helm("upgrade", RELEASE, older, "--values", "-", "--force-conflicts");
    expect(await crdVersion()).toBe(OLDER_VERSION);
    await helm("upgrade", RELEASE, CHART, "--values", "-", "--force-conflicts");
    expect(await crdVersion()).toBe(VERSION);
    expect((await messages()).metadata.uid).toBe(uid);
  });

  it("leaves the CRD and every RoutingService when it is uninstalled", async () => {
    await helm("uninstall", RELEASE, "--wait", "--timeout", "120s");
    // The garbage collector deletes the pods a moment later.
    await eventually(async () => {
      const kinds = "all,clusterroles,validatingadmissionpolicies";
      const left = await cluster.kubectl(["get", kinds, "-A", "-o", "name"]);
      expect(left.stdout.split("\n").filter((line) => line.includes("dumbwaiter"))).toEqual([]);
    });
    expect(await crdVersion()).toBe(VERSION);
    expect((await messages()).metadata).toMatchObject({ uid });
    expect((await messages()).metadata).not.toHaveProperty("deletionTimestamp");
  });

  it("adopts them when it is installed again", async () => {
    await helm("install", RELEASE, CHART, "--values", "-");
    expect((await messages()).metadata.uid).toBe(uid);
  });
});
