import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { PLAN_WAIT_MS, PlanFixture } from "@dumbwaiter/dev-env/kubectl-plugin/plan-fixture";
import { withChanges } from "@dumbwaiter/dev-env/kubectl-plugin/with-changes";
import { authoredContent } from "@dumbwaiter/dev-env/operator/authored-content";
import { ownedObjects, SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { EVERY_TEMPLATE_FIELD } from "@dumbwaiter/infra/testing/every-template-field";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";

type ServiceTemplate = NonNullable<NonNullable<RoutingServiceSpecInput["template"]>["service"]>;

/** More than pods that exist at any time: each has an ephemeral claim. */
const PODS = 16;

let fixture: PlanFixture;
beforeAll(async () => {
  fixture = await PlanFixture.start(await sharedCluster());
  await fixture.operator.cluster.apply(storage(fixture.namespace));
});
afterEach(() => fixture?.cleanUp());
afterAll(async () => {
  await fixture?.stop();
  const { cluster } = fixture.operator;
  await cluster.kubectl(["delete", "pv", "--selector", `of=${fixture.namespace}`, "--wait=false"]);
});

/** What a storage class would provide: the claim that all pods share, and volumes for the ephemeral ones. */
function storage(namespace: string): object[] {
  const amount = { storage: "1Gi" };
  const volume = (name: string, mode: string, more: object = {}) => ({
    ...{ apiVersion: "v1", kind: "PersistentVolume" },
    metadata: { name: `${namespace}-${name}`, labels: { of: namespace } },
    spec: { accessModes: [mode], capacity: amount, hostPath: { path: "/nowhere" }, ...more },
  });
  const claim = { namespace, name: "shared" };
  return [
    ...Array.from({ length: PODS }, (_, index) => volume(`${index}`, "ReadWriteOnce")),
    volume("shared", "ReadWriteMany", { claimRef: claim }),
    {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: claim },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: amount },
        ...{ volumeName: `${namespace}-shared`, storageClassName: "" },
      },
    },
  ];
}

async function liveObjects(name: string): Promise<Map<string, KubeObject>> {
  const objects = await ownedObjects(fixture.client, fixture.service(name));
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/**
 * A plan does not say where in a list an item is added; for constraints the order means nothing. Nor can it know the
 * second address that a Service will get.
 */
function comparable(object: KubeObject): KubeObject {
  const content = structuredClone(authoredContent(object));
  type Spec = {
    clusterIPs?: string[];
    template?: { spec: { topologySpreadConstraints: { topologyKey: string }[] } };
  };
  const { clusterIPs = [], template } = (content.spec ?? {}) as Spec;
  if (clusterIPs.length > 1) clusterIPs[1] = "assigned";
  template?.spec.topologySpreadConstraints.sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  return content;
}

it("a plan lists exactly what every field of a template changes, and the pods are admitted as `restricted`", async () => {
  const name = "template";
  await fixture.ready(fixture.service(name));
  const before = await liveObjects(name);
  const object = fixture.service(name, { ...SMALL, template: EVERY_TEMPLATE_FIELD });
  const { plan, exitCode } = await fixture.planOf(object);
  expect(exitCode).toBe(0);
  expect(plan).toMatchObject({ refused: [], warnings: [], restarts: ["processor", "api", "realtime"] });

  await fixture.ready(object);
  await fixture.operator.cluster.untilAvailable(fixture.namespace);
  const after = await liveObjects(name);
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  for (const [key, now] of after) {
    const planned = plan.objects.find(({ kind, name: of }) => `${kind} ${of}` === key);
    const changed = withChanges(before.get(key) as KubeObject, planned?.changes ?? []);
    expect(comparable(changed)).toEqual(comparable(now));
  }
  const kinds = new Set(plan.objects.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"]);
  expect(await fixture.operator.operator.metric("dumbwaiter_operator_api_warnings_total")).toBe(0);
  expect((await fixture.planOf(object)).plan).toMatchObject({ action: "none", objects: [] });
});

it.each<[string, ServiceTemplate]>([
  ["prefer", { ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6"] }],
  ["require", { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6", "IPv4"] }],
])(
  "Services get the families of addresses that a template asks for, and keep them: %s",
  async (what, service) => {
    const name = `families-${what}`;
    const object = fixture.service(name, { ...SMALL, template: { service } });
    await fixture.ready(object);
    const services = [...(await liveObjects(name)).values()].filter(({ kind }) => kind === "Service");
    expect(services).toHaveLength(2);
    for (const { spec } of services) {
      expect(spec).toMatchObject({
        ipFamilies: ["IPv6", "IPv4"],
        clusterIPs: [expect.stringMatching(/^fd00:10::/), expect.stringMatching(/^10[.]/)],
      });
    }
    expect((await fixture.planOf(object)).plan).toMatchObject({ action: "none", objects: [] });
  },
  2 * PLAN_WAIT_MS,
);

it.each([
  [
    "required",
    { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
    /spec\.template\.spec\.affinity\.nodeAffinity\.requiredDuring\w+: Required value|nodeSelectorTerms: Required value/,
  ],
  ["unknown", { other: 1 }, /\.spec\.template\.spec\.affinity\.nodeAffinity\.other: field not declared/],
])(
  "what only Kubernetes knows to be wrong is in the plan and in the status, with its path: %s",
  async (what, nodeAffinity, problem) => {
    const name = `wrong-${what}`;
    await fixture.ready(fixture.service(name));
    const template = { pod: { affinity: { nodeAffinity } } };
    const object = fixture.service(name, { ...SMALL, processor: { ...SMALL.processor, template } });
    const { plan, exitCode, text } = await fixture.planOf(object);
    expect(exitCode).toBe(1);
    expect(plan.refused).toEqual([expect.stringMatching(problem)]);
    expect(text).toMatch(problem);
    await fixture.apply(object);
    await fixture.untilSaid(name, "Degraded", { reason: "ApplyFailed", message: problem });
  },
  2 * PLAN_WAIT_MS,
);

it("a template that names a variable of Dumbwaiter's, or a privileged container, is refused by its path", async () => {
  const resources = { requests: { cpu: "1m", memory: "1Mi" } };
  const template = {
    container: { env: [{ name: "REDIS_URL", value: "redis://h" }] },
    pod: { containers: [{ name: "a", image: "a:1", resources, securityContext: { runAsUser: 0 } }] },
  };
  const answer = await fixture.plugin.run(["plan", "-f", "-"], {
    stdin: JSON.stringify(fixture.service("refused", { ...SMALL, template })),
  });
  expect(answer.exitCode).toBe(1);
  expect(answer.stderr).toMatch(/spec\.template\.pod\.containers\[0\]\.securityContext\.runAsUser/);
});
