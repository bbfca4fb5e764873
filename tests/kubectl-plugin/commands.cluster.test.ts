import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  exists,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { ENVIRONMENTS, type RoutingServiceSpecInput, VERSION } from "@dumbwaiter/infra";
import type { StatusReport } from "@dumbwaiter/kubectl-plugin/status-report";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";

const WAIT_MS = 90_000;
const DIST = join(import.meta.dirname, "../../infra/cdk8s/dist");
const SPEC: RoutingServiceSpecInput = {
  ...SMALL,
  api: { replicas: { min: 2, max: 5 } },
  processor: { replicas: { min: 3, max: 3 } },
};

let fixture: OperatorFixture;
let plugin: InstalledPlugin;
let service: RoutingService;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
  const { client, cluster, namespace } = fixture;
  plugin = await installPlugin(cluster);
  await cluster.setLoad(namespace, { cpuMillicores: 100 });
  service = await applyRoutingService(client, routingService("s", namespace, SPEC));
  await untilCondition(client, service, "Ready");
  await cluster.untilAvailable(namespace);
});
afterAll(async () => {
  await plugin?.uninstall();
  await fixture?.stop();
});

async function ask(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await plugin.run([...args, "-n", fixture.namespace]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

async function status(): Promise<StatusReport> {
  return JSON.parse(await ask("status", "s", "-o", "json"));
}

describe("kubectl dumbwaiter status", () => {
  it("reports the state of each component", async () => {
    const { client, namespace } = fixture;
    const metadata = { name: "s-api", namespace };
    const scaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata };
    // Two pods use 100m in total; each requests 500m.
    await eventually(async () => {
      const [api] = (await status()).components;
      expect(api?.autoscaling).toEqual({
        ...{ min: 2, max: 5, desired: 2 },
        metrics: [{ name: "cpu", current: "10%", target: "60%" }],
      });
    }, WAIT_MS);
    expect((await client.get(scaler)).status).toMatchObject({ desiredReplicas: 2 });
    const live = (await client.get(service)) as RoutingService;
    const report = await status();
    expect(report).toMatchObject({
      ...{ name: "s", namespace, generation: 1, observedGeneration: 1, version: VERSION, paused: false },
      createdAt: live.metadata.creationTimestamp,
      conditions: live.status?.conditions,
    });
    expect(report.components).toMatchObject([
      {
        ...{ component: "api", rollout: "Complete", ready: 2, updated: 2, replicas: 2 },
        ...{ image: `dumbwaiter-api:${VERSION}`, disruptions: { allowed: 1, healthy: 2, needed: 1 } },
      },
      {
        ...{ component: "processor", rollout: "Complete", ready: 3, updated: 3, replicas: 3 },
        disruptions: { allowed: 1, healthy: 3, needed: 2 },
      },
      {
        ...{ component: "realtime", rollout: "Complete", ready: 1, updated: 1, replicas: 1 },
        disruptions: { allowed: 1, healthy: 1, needed: 0 },
      },
    ]);
    expect(report.components[1]).not.toHaveProperty("autoscaling");
    expect(report.events).toContainEqual(
      expect.objectContaining({ object: "RoutingService/s", type: "Normal", reason: "Ready" }),
    );
    const times = report.events.map(({ time }) => Math.floor(Date.parse(time) / 1000));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it("prints one screen, in columns", async () => {
    const lines = (await ask("status", "s")).split("\n");
    expect(lines.length).toBeLessThan(40);
    const version = VERSION.replaceAll(".", "\\.");
    expect(lines[0]).toMatch(
      new RegExp(`^RoutingService \\S+/s {3}Ready {3}generation 1 {3}operator ${version} {3}age \\S+$`),
    );
    const parts = lines.slice(2, 6);
    expect(parts.map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ["COMPONENT", "ROLLOUT", "READY", "UPDATED"],
      ["api", "Complete", "2/2", "2"],
      ["processor", "Complete", "3/3", "3"],
      ["realtime", "Complete", "1/1", "1"],
    ]);
    expect(parts[1]).toContain("2 of 2..5, cpu 10%/60%");
    const at = parts[0]?.indexOf("READY") as number;
    expect(parts.map((line) => line.slice(at - 1, at + 1))).toEqual([" R", " 2", " 3", " 1"]);
    for (const { type } of (await status()).conditions) expect(lines.join("\n")).toContain(`\n${type} `);
  });

  it("reports all of a namespace if no name is given", async () => {
    const { items } = JSON.parse(await ask("status", "-o", "json")) as { items: StatusReport[] };
    expect(items.map(({ name }) => name)).toEqual(["s"]);
    const empty = await fixture.cluster.namespace();
    const { stdout } = await plugin.run(["status", "--namespace", empty]);
    expect(stdout).toBe(`No RoutingService found in namespace ${empty}.\n`);
  });
});

describe("kubectl dumbwaiter pause, and resume", () => {
  it("take effect in the operator", async () => {
    const { client, namespace } = fixture;
    const lost: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "s-api", namespace } };
    expect(await ask("pause", "s")).toBe("routingservice.dumbwaiter.io/s paused\n");
    expect(JSON.parse(await ask("pause", "s", "-o", "json"))).toMatchObject({ paused: true, changed: false });
    await untilCondition(client, service, "Paused");
    expect(await status()).toMatchObject({ paused: true, generation: 2, observedGeneration: 2 });
    await client.delete(lost);
    // An apply of a file without the field does not end the pause. The operator has reconciled that spec since.
    await applyRoutingService(client, routingService("s", namespace, { ...SPEC, images: { tag: "2" } }));
    await untilCondition(client, service, "Paused");
    expect(await exists(client, lost)).toBe(false);
    expect(await ask("status", "s")).toMatch(/^.* {3}paused {3}/);

    expect(await ask("resume", "s")).toBe("routingservice.dumbwaiter.io/s resumed\n");
    await untilCondition(client, service, "Ready");
    expect(await exists(client, lost)).toBe(true);
    expect(await ask("resume", "s")).toBe("routingservice.dumbwaiter.io/s already resumed\n");
  });
});

describe("kubectl dumbwaiter render", () => {
  it.each(ENVIRONMENTS.map((environment) => [environment.id, environment] as const))(
    "writes what `npm run synth` writes for %s",
    async (id, { name, namespace, spec }) => {
      const folder = join(DIST, id);
      const files = (await readdir(folder)).filter((file) => /\.yaml$/.test(file)).sort();
      // Without the files of objects that do not belong to a RoutingService.
      const own = files.filter((file) => !/^\d-(namespace|development)\.yaml$/.test(file));
      const texts = await Promise.all(own.map((file) => readFile(join(folder, file), "utf8")));
      const synthesized = texts.flatMap(objectsIn);
      const file = JSON.stringify(routingService(name, namespace, spec));
      const run = (...args: string[]) => plugin.run(["render", "-f", "-", ...args], { stdin: file });
      const yaml = await run();
      expect(yaml).toMatchObject({ exitCode: 0, stderr: "" });
      expect(objectsIn(yaml.stdout)).toEqual(synthesized);
      expect(JSON.parse((await run("--output=json")).stdout).items).toEqual(synthesized);
    },
  );

  it("lists every problem of a spec, and of a file", async () => {
    const spec = { ...SPEC, api: { replicas: { min: 5, max: 2 }, sidecar: true } };
    const file = JSON.stringify({ ...service, spec: { ...spec, redis: undefined } });
    const { exitCode, stdout, stderr } = await plugin.run(["render", "-f", "-"], { stdin: file });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: RoutingService s is invalid:\n( {2}- spec\..*\n){2,} {2}- api\.replicas\.min must be .*\n$/,
    );
    const broken = await plugin.run(["render", "-f", "-"], { stdin: "a: [" });
    expect(broken).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^error: -: .*line 1/) });
    const absent = await plugin.run(["render", "-f", "nowhere.yaml"]);
    expect(absent).toMatchObject({ exitCode: 1, stderr: 'error: the path "nowhere.yaml" does not exist\n' });
    const nameless = await plugin.run(["render", "-f", "-"], {
      stdin: JSON.stringify({ ...service, metadata: {} }),
    });
    expect(nameless).toMatchObject({
      exitCode: 1,
      stderr: "error: -: a RoutingService has no metadata.name\n",
    });
  });
});

describe("kubectl dumbwaiter", () => {
  it("prints help for itself and for each command", async () => {
    const whole = await plugin.run(["--help"]);
    expect(whole.exitCode).toBe(0);
    for (const command of ["plan", "status", "pause", "resume", "render", "cloud-resources"]) {
      expect(whole.stdout).toContain(`\n  ${command} `);
      const { exitCode, stdout } = await plugin.run([command, "--help"]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: kubectl dumbwaiter ${command} `));
      for (const option of ["--namespace", "--context", "--kubeconfig", "--output"])
        expect(stdout).toContain(option);
    }
  });

  it("takes a kubeconfig and a context as kubectl does", async () => {
    const { cluster, namespace } = fixture;
    const env = { KUBECONFIG: "/nowhere" };
    const args = ["status", "s", "-n", namespace];
    const elsewhere = await plugin.run([...args, "--kubeconfig", cluster.kubeconfigPath], { env });
    expect(elsewhere.exitCode).toBe(0);
    const { stdout } = await cluster.kubectl(["config", "current-context"]);
    expect((await plugin.run([...args, "--context", stdout.trim()])).exitCode).toBe(0);
    expect(await plugin.run([...args, "--context", "another"])).toMatchObject({
      ...{ exitCode: 1, stdout: "", stderr: "error: The kubeconfig has no context named another\n" },
    });
  });

  it("prints an error in one line, and fails", async () => {
    const absent = await plugin.run(["pause", "absent", "-n", fixture.namespace]);
    expect(absent).toMatchObject({ exitCode: 1, stdout: "" });
    expect(absent.stderr).toMatch(/^error: .*404 NotFound: .*"absent" not found\n$/);
    const misspelt = await plugin.run(["stauts"]);
    expect(misspelt).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Did you mean status?") });
    expect(await plugin.run(["plan", "--exit-code"])).toMatchObject({ exitCode: 2 });
  });
});

function objectsIn(yaml: string): unknown[] {
  return parseAllDocuments(yaml, { version: "1.1" }).map((document) => document.toJS());
}
