import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { PLAN_WAIT_MS, PlanFixture } from "@dumbwaiter/dev-env/kubectl-plugin/plan-fixture";
import { withChanges } from "@dumbwaiter/dev-env/kubectl-plugin/with-changes";
import { authoredContent } from "@dumbwaiter/dev-env/operator/authored-content";
import { ownedObjects, SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import { EVERY_TEMPLATE_FIELD } from "@dumbwaiter/infra/testing/every-template-field";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";

/** Every field, but for volumes that a storage class would have to provide. */
const TEMPLATE = {
  ...EVERY_TEMPLATE_FIELD,
  pod: {
    ...EVERY_TEMPLATE_FIELD.pod,
    volumes: EVERY_TEMPLATE_FIELD.pod.volumes.filter(({ name }) => !["space", "shared"].includes(name)),
  },
};

let fixture: PlanFixture;
beforeAll(async () => {
  fixture = await PlanFixture.start(await sharedCluster());
});
afterEach(() => fixture?.cleanUp());
afterAll(() => fixture?.stop());

async function liveObjects(name: string): Promise<Map<string, KubeObject>> {
  const objects = await ownedObjects(fixture.client, fixture.service(name));
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/** A plan does not say where in a list an item is added; for constraints the order means nothing. */
function comparable(object: KubeObject): KubeObject {
  const content = structuredClone(authoredContent(object));
  type Spec = { template?: { spec: { topologySpreadConstraints: { topologyKey: string }[] } } };
  const { template } = (content.spec ?? {}) as Spec;
  template?.spec.topologySpreadConstraints.sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  return content;
}

it("a plan lists exactly what every field of a template changes, and the pods are admitted as `restricted`", async () => {
  const name = "template";
  await fixture.ready(fixture.service(name));
  const before = await liveObjects(name);
  const object = fixture.service(name, { ...SMALL, template: TEMPLATE });
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
