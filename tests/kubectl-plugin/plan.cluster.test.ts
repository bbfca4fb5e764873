import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { withChanges } from "@dumbwaiter/dev-env/kubectl-plugin/with-changes";
import { authoredContent } from "@dumbwaiter/dev-env/operator/authored-content";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import type { ObjectPlan, Plan } from "@dumbwaiter/kubectl-plugin/plan";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 120_000;
const NAME = "plan";
const KINDS: readonly (readonly [string, string])[] = [
  ["v1", "ConfigMap"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["apps/v1", "Deployment"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
];
const CONTROLLERS = "kube-controller-manager";

const BEFORE: RoutingServiceSpecInput = {
  ...SMALL,
  images: { tag: "1" },
  api: { replicas: { min: 1, max: 4 } },
  processor: { replicas: { min: 2, max: 2 } },
  network: { extraEgress: [{ cidrs: ["10.9.0.0/16"], port: 4318 }] },
};
/** The autoscaler of one goes and of another comes; settings, images, and what egress is allowed change. */
const AFTER: RoutingServiceSpecInput = {
  ...BEFORE,
  images: { tag: "2" },
  api: { replicas: { min: 2, max: 2 }, resources: { memory: "768Mi" } },
  processor: { replicas: { min: 3, max: 3 } },
  realtime: { replicas: { min: 2, max: 4 }, drainSeconds: 45 },
  limits: { maxDevices: 7 },
  observability: { logLevel: "debug" },
  network: {},
};

let fixture: OperatorFixture;
let plugin: InstalledPlugin;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
  plugin = await installPlugin(fixture.cluster);
});
afterAll(async () => {
  await plugin?.uninstall();
  await fixture?.stop();
});

const fileOf = (spec: RoutingServiceSpecInput) =>
  JSON.stringify(routingService(NAME, fixture.namespace, spec));

async function plan(spec: RoutingServiceSpecInput): Promise<Plan> {
  const { stdout, stderr, exitCode } = await plugin.run(["plan", "-f", "-", "--output", "json"], {
    stdin: fileOf(spec),
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const { plans } = JSON.parse(stdout) as { plans: Plan[] };
  expect(plans).toHaveLength(1);
  return plans[0] as Plan;
}

/** Applies with kubectl, and waits for the operator and the controllers. */
async function converge(spec: RoutingServiceSpecInput): Promise<RoutingService> {
  const { namespace, client, cluster } = fixture;
  await cluster.kubectl(["apply", "-f", "-"], { stdin: fileOf(spec) });
  const service = await untilCondition(client, routingService(NAME, namespace), "Ready", "True", WAIT_MS);
  await cluster.untilAvailable(namespace);
  return service;
}

async function liveObjects(): Promise<Map<string, KubeObject>> {
  const { namespace, client } = fixture;
  const labelSelector = `app.kubernetes.io/managed-by=dumbwaiter,app.kubernetes.io/instance=${NAME}`;
  const lists = await Promise.all(
    KINDS.map(([apiVersion, kind]) => client.list({ apiVersion, kind }, { namespace, labelSelector })),
  );
  return new Map(lists.flat().map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

function uidsOf(objects: ReadonlyMap<string, KubeObject>): Record<string, unknown> {
  return Object.fromEntries([...objects].map(([key, { metadata }]) => [key, metadata.uid]));
}

/** Without its replicas if an autoscaler owns them. */
function comparable(object: KubeObject, isScaled: boolean): unknown {
  const content = authoredContent(structuredClone(object));
  if (isScaled) delete (content.spec as { replicas?: number }).replicas;
  return content;
}

/** Whether an autoscaler owns the replicas. */
function isScaled({ kind, metadata }: KubeObject): boolean {
  return (
    kind === "Deployment" &&
    (metadata.managedFields ?? []).some(
      ({ manager, fieldsV1 }) =>
        manager === CONTROLLERS && fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
    )
  );
}

const keyOf = ({ kind, name }: ObjectPlan) => `${kind}/${name}`;
const keysOf = ({ objects }: Plan, action: ObjectPlan["action"]) =>
  objects.filter((object) => object.action === action).map(keyOf);
const difference = (from: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
  [...from.keys()].filter((key) => !other.has(key));

/** Compares the plan with its result, field by field. */
function expectExactly(planned: Plan, before: Map<string, KubeObject>, after: Map<string, KubeObject>): void {
  expect(keysOf(planned, "create").sort()).toEqual(difference(after, before).sort());
  expect(keysOf(planned, "prune").sort()).toEqual(difference(before, after).sort());
  const plans = new Map(planned.objects.map((object) => [keyOf(object), object]));
  for (const [key, object] of after) {
    const of = plans.get(key);
    if (of?.action === "create") expect(object).toMatchObject(of.object as object);
    const was = before.get(key);
    if (was === undefined) continue;
    const changes = of?.changes ?? [];
    const takesReplicas = changes.some(({ field }) => field === ".spec.replicas");
    const leaveOut = isScaled(object) && !takesReplicas;
    expect(comparable(withChanges(was, changes), leaveOut)).toEqual(comparable(object, leaveOut));
    // Every planned change changes something.
    for (const { before: from, after: to } of changes) expect(from).not.toEqual(to);
  }
  const kept = difference(after, new Map(plans)).length;
  expect(planned.unchanged).toBe(kept);
}

describe("kubectl dumbwaiter plan", () => {
  it("lists every object of a new RoutingService, and stores nothing", async () => {
    const planned = await plan(BEFORE);
    expect(planned).toMatchObject({ action: "create", unchanged: 0, restarts: [], refused: [], missing: {} });
    expect(await liveObjects()).toEqual(new Map());
    await converge(BEFORE);
    expectExactly(planned, new Map(), await liveObjects());
    expect(planned.objects.length).toBeGreaterThan(15);
  });

  it("lists exactly what the apply of a changed spec changes, and whose fields it takes over", async () => {
    const { client, cluster, namespace } = fixture;
    // The target is 300m a pod: the autoscaler scales to four, and owns the replicas from then on.
    await cluster.setLoad(namespace, { cpuMillicores: 2000 });
    const api = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `${NAME}-api`, namespace } };
    await eventually(
      async () => expect((await client.get(api)).spec).toMatchObject({ replicas: 4 }),
      WAIT_MS,
    );
    await cluster.untilAvailable(namespace);
    // Fields of others are not in the plan.
    const foreign = { ...api, metadata: { ...api.metadata, annotations: { "example.org/touched": "yes" } } };
    await client.apply(foreign, { fieldManager: "somebody" });
    await client.apply(
      { ...foreign, apiVersion: "v1", kind: "Service", spec: { sessionAffinity: "None" } },
      { fieldManager: "somebody" },
    );
    const before = await liveObjects();

    const planned = await plan(AFTER);
    const stored = await liveObjects();
    // The operator would soon have created again what the plan had deleted.
    expect(uidsOf(stored)).toEqual(uidsOf(before));
    for (const [key, object] of before) {
      expect({ [key]: comparable(stored.get(key) as KubeObject, false) }).toEqual({
        [key]: comparable(object, false),
      });
    }
    const replicas = planned.objects
      .find((object) => keyOf(object) === `Deployment/${NAME}-api`)
      ?.changes.find(({ field }) => field === ".spec.replicas");
    expect(replicas).toEqual({ field: ".spec.replicas", before: 4, after: 2, takenFrom: [CONTROLLERS] });
    const { stdout } = await plugin.run(["plan", "-f", "-"], { stdin: fileOf(AFTER) });
    expect(stdout).toMatch(/\.spec\.replicas {2,}4 → 2 {2,}taken from kube-controller-manager\n/);
    expect(planned).toMatchObject({ action: "change", restarts: ["processor", "api", "realtime"] });
    expect(planned.changes).toContainEqual({ field: ".spec.images.tag", before: "1", after: "2" });
    expect(keysOf(planned, "create")).toEqual([`HorizontalPodAutoscaler/${NAME}-realtime`]);
    expect(keysOf(planned, "prune")).toEqual([`HorizontalPodAutoscaler/${NAME}-api`]);
    expect(new Set(planned.objects.map(({ kind }) => kind))).toEqual(
      new Set(["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy"]),
    );

    await cluster.setLoad(namespace, { cpuMillicores: 0 });
    await converge(AFTER);
    const after = await liveObjects();
    expectExactly(planned, before, after);
    expect(after.get(`Deployment/${NAME}-api`)?.metadata.annotations).toHaveProperty(["example.org/touched"]);
  });

  it("is empty once that is applied", async () => {
    expect(await plan(AFTER)).toMatchObject({ action: "none", changes: [], objects: [], restarts: [] });
    const { exitCode } = await plugin.run(["plan", "-f", "-", "--exit-code"], { stdin: fileOf(AFTER) });
    expect(exitCode).toBe(0);
  });

  it("lists drift that would be repaired, even if an apply alone would fail", async () => {
    const { cluster, namespace } = fixture;
    const pause = { ...AFTER, paused: true };
    await cluster.kubectl(["apply", "-f", "-"], { stdin: fileOf(pause) });
    await untilCondition(fixture.client, routingService(NAME, namespace), "Paused");
    // A second port of the same name.
    const ports = [{ name: "http", port: 81, targetPort: "http" }];
    await cluster.kubectl([
      ...["patch", "service", `${NAME}-api`, "-n", namespace, "--type=merge", "--field-manager=somebody"],
      `--patch=${JSON.stringify({ spec: { ports } })}`,
    ]);
    const before = await liveObjects();
    const paused = await plan(pause);
    expect(paused).toMatchObject({ action: "none", paused: true });
    expect(paused.objects.map(keyOf)).toEqual([`Service/${NAME}-api`]);
    const planned = await plan(AFTER);
    expect(planned.objects).toEqual(paused.objects);
    expect(planned).toMatchObject({ action: "change", paused: false, refused: [] });
    await converge(AFTER);
    await eventually(async () => expectExactly(planned, before, await liveObjects()), WAIT_MS);
  });

  it("lists what others added that changes what pods run, and what becomes of it", async () => {
    const { client, cluster, namespace } = fixture;
    const name = `${NAME}-processor`;
    const spec = { template: { spec: { containers: [{ name: "processor", command: ["/bin/sh"] }] } } };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } };
    await client.apply({ ...deployment, spec }, { fieldManager: "somebody" });
    const field = '.spec.template.spec.containers[name="processor"].command';
    const added = { kind: "Deployment", name, field, value: ["/bin/sh"], managers: ["somebody"] };
    expect((await plan(AFTER)).foreign).toEqual([{ ...added, action: "keep" }]);
    const strict = await plan({ ...AFTER, enforce: "strict" });
    expect(strict).toMatchObject({ restarts: ["processor"], foreign: [{ ...added, action: "remove" }] });
    expect((await client.get(deployment)).spec).toMatchObject(spec);
    await cluster.kubectl(["apply", "-f", "-"], { stdin: fileOf({ ...AFTER, enforce: "strict" }) });
    await eventually(
      async () => expect((await client.get(deployment)).spec).not.toMatchObject(spec),
      WAIT_MS,
    );
    await converge(AFTER);
    expect((await plan(AFTER)).foreign).toEqual([]);
  });

  it("prints text, and exits as kubectl diff does with --exit-code", async () => {
    const file = fileOf({ ...AFTER, images: { tag: "3" } });
    const { stdout, exitCode } = await plugin.run(["plan", "-f", "-", "--exit-code"], { stdin: file });
    expect(exitCode).toBe(1);
    expect(stdout.replaceAll(fixture.namespace, "NAMESPACE")).toMatchSnapshot();
    const plain = await plugin.run(["plan", "-f", "-"], { stdin: file });
    expect(plain).toMatchObject({ exitCode: 0, stdout });
    const coloured = await plugin.run(["plan", "-f", "-"], { stdin: file, env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).not.toBe(stdout);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such
    expect(coloured.stdout.replaceAll(/\u001b\[\d+m/g, "")).toBe(stdout);
  });

  it("reports an invalid spec, and exits with 2 if 1 would mean differences", async () => {
    const broken = fileOf({ ...AFTER, api: { replicas: { min: 5, max: 2 } } });
    const answer = await plugin.run(["plan", "-f", "-"], { stdin: broken });
    expect(answer).toMatchObject({ exitCode: 1, stdout: "" });
    expect(answer.stderr).toContain("api.replicas.min must be less than or equal to api.replicas.max");
    expect(await plugin.run(["plan", "-f", "-", "--exit-code"], { stdin: broken })).toMatchObject({
      exitCode: 2,
    });
    const other = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x", namespace: fixture.namespace },
    };
    const none = await plugin.run(["plan", "-f", "-"], { stdin: JSON.stringify(other) });
    expect(none).toMatchObject({ exitCode: 1, stderr: "error: no RoutingService found in -\n" });
  });
});
