import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { PLAN_WAIT_MS, type PlanCase, PlanFixture } from "@dumbwaiter/dev-env/kubectl-plugin/plan-fixture";
import { REFUSAL } from "@dumbwaiter/dev-env/operator/refuse-writes";
import { exists, SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import { type RoutingServiceSpecInput, VERSION } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import type { Plan } from "@dumbwaiter/kubectl-plugin/plan";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";

const AUTOSCALED: RoutingServiceSpecInput = { ...SMALL, api: { replicas: { min: 1, max: 3 } } };
const NEW_IMAGES: RoutingServiceSpecInput = { ...SMALL, images: { tag: "2" } };
const OLD_IMAGE = `dumbwaiter-api:${VERSION}`;

let fixture: PlanFixture;
beforeAll(async () => {
  const cluster = await sharedCluster();
  fixture = await PlanFixture.start(cluster);
  await installCrds(cluster);
});
afterEach(() => fixture?.cleanUp());
afterAll(() => fixture?.stop());

const autoscaler = (name: string) => fixture.object(name, "autoscaling/v2", "HorizontalPodAutoscaler");
const containing = (text: string): unknown => expect.stringContaining(text);
/** What the operator says of an object that it cannot apply or delete. */
const failure = (message: string) => ({ reason: "ApplyFailed", message });

const CASES: readonly PlanCase[] = [
  {
    what: "an autoscaler whose Deployment is somebody else's is deleted",
    async arrange(name) {
      await fixture.ready(fixture.service(name, AUTOSCALED));
      await fixture.apply(fixture.service(name, { ...AUTOSCALED, paused: true }));
      await fixture.untilSaid(name, "Paused", { reason: "Paused" });
      const labels = { "app.kubernetes.io/managed-by": "somebody" };
      await fixture.client.mergePatch(fixture.deployment(`${name}-api`), {
        metadata: { ownerReferences: null, labels },
      });
      return fixture.service(name, { ...AUTOSCALED, paused: false });
    },
    planned: (name) => ({
      objects: [
        {
          action: "prune",
          kind: "HorizontalPodAutoscaler",
          why: `because Deployment ${name}-api is somebody else's`,
        },
      ],
      refused: [containing(`Deployment ${name}-api: exists and is not part of`)],
    }),
    text: (name) =>
      `- HorizontalPodAutoscaler ${name}-api   because Deployment ${name}-api is somebody else's\n`,
    async done(name) {
      await eventually(
        async () => expect(await exists(fixture.client, autoscaler(`${name}-api`))).toBe(false),
        PLAN_WAIT_MS,
      );
      await fixture.untilSaid(name, "Degraded", { reason: "NotOurs" });
      await fixture.client.delete(fixture.deployment(`${name}-api`));
    },
  },
  {
    what: "a Deployment is refused, and later components wait",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      const image = "object.spec.template.spec.containers[0].image";
      const allowed = `object.metadata.name != '${name}-processor' || !${image}.endsWith(':2')`;
      const containers = [{ name: "processor", image: "x:2" }];
      await fixture.refuse({ group: "apps", resource: "deployments", operation: "UPDATE", allowed }, () =>
        fixture.client.apply(
          { ...fixture.deployment(`${name}-processor`), spec: { template: { spec: { containers } } } },
          { fieldManager: "probe", force: true, dryRun: true },
        ),
      );
      return fixture.service(name, NEW_IMAGES);
    },
    planned: (name) => ({
      refused: [containing(`Deployment ${name}-processor: `)],
      ...{ restarts: ["api", "realtime"], waiting: { api: "processor", realtime: "processor" } },
    }),
    text: () => "api waits for processor, which fails or is not available.",
    async done(name) {
      await fixture.untilSaid(name, "Degraded", failure(REFUSAL));
      await fixture.untilSaid(name, "Progressing", {
        reason: "RollingOut",
        message: "api is waiting for processor",
      });
      expect(await fixture.imageOf(`${name}-api`)).toBe(OLD_IMAGE);
    },
  },
  {
    what: "a ConfigMap is refused, and its pods keep their settings",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      const allowed = `object.metadata.name != '${name}-api' || object.data.LOG_LEVEL != 'debug'`;
      const configMap = fixture.object(`${name}-api`, "v1", "ConfigMap");
      await fixture.refuse({ group: "", resource: "configmaps", operation: "UPDATE", allowed }, () =>
        fixture.client.mergePatch(configMap, { data: { LOG_LEVEL: "debug" } }, { dryRun: true }),
      );
      return fixture.service(name, { ...SMALL, observability: { logLevel: "debug" } });
    },
    planned: (name) => ({
      refused: [
        containing(`ConfigMap ${name}-api: `),
        `Deployment ${name}-api: waits for ConfigMap ${name}-api`,
      ],
      ...{ restarts: ["processor", "realtime"], waiting: { realtime: "api" } },
    }),
    text: () => "realtime waits for api, which fails or is not available.",
    async done(name) {
      await fixture.untilSaid(name, "Degraded", failure(`ConfigMap ${name}-api: `));
      await fixture.untilSaid(name, "Progressing", {
        reason: "RollingOut",
        message: "realtime is waiting for api",
      });
    },
  },
  {
    what: "the deletion of an object is refused",
    async arrange(name) {
      await fixture.ready(fixture.service(name, AUTOSCALED));
      await fixture.refuse(
        {
          ...{ group: "autoscaling", resource: "horizontalpodautoscalers", operation: "DELETE" },
          allowed: `oldObject.metadata.name != '${name}-api'`,
        },
        () => fixture.client.delete(autoscaler(`${name}-api`), { dryRun: true }),
      );
      return fixture.service(name, SMALL);
    },
    planned: (name) => ({ refused: [containing(`HorizontalPodAutoscaler ${name}-api: `)] }),
    text: () => REFUSAL,
    done: (name) => fixture.untilSaid(name, "Degraded", failure(`HorizontalPodAutoscaler ${name}-api: `)),
  },
  {
    what: "the RoutingService is being deleted",
    async arrange(name) {
      const finalizers = ["example.org/hold"];
      await fixture.ready(fixture.service(name, SMALL, { finalizers }));
      const object = fixture.service(name);
      fixture.onCleanUp(() => fixture.client.mergePatch(object, { metadata: { finalizers: [] } }));
      await fixture.client.delete(object);
      return fixture.service(name, NEW_IMAGES, { finalizers });
    },
    planned: () => ({ stopped: { reason: "Deleting" }, objects: [] }),
    text: () => "Deleting: The RoutingService is being deleted.\n",
    async done(name) {
      const reconciles = () =>
        fixture.operator.operator.metric("dumbwaiter_operator_reconcile_seconds_count");
      const before = await reconciles();
      await fixture.apply(fixture.service("marker"));
      await fixture.untilSaid("marker", "Ready", { reason: "AllAvailable" });
      expect(await reconciles()).toBeGreaterThan(before);
      expect(await fixture.imageOf(`${name}-api`)).toBe(OLD_IMAGE);
    },
  },
  {
    what: "fields of others cannot be removed",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      const api = fixture.deployment(`${name}-api`);
      const spec = { template: { spec: { hostNetwork: true } } };
      await fixture.client.apply({ ...api, spec }, { fieldManager: "somebody" });
      await fixture.untilSaid(name, "Drifted", { reason: "ForeignFields" });
      const allowed = `object.metadata.name != '${name}-api' || has(object.spec.template.spec.hostNetwork)`;
      await fixture.refuse({ group: "apps", resource: "deployments", operation: "UPDATE", allowed }, () =>
        fixture.client.mergePatch(
          api,
          { spec: { template: { spec: { hostNetwork: null } } } },
          { dryRun: true },
        ),
      );
      return fixture.service(name, { ...SMALL, enforce: "strict" });
    },
    planned: (name) => ({
      refused: [containing(`Deployment ${name}-api: fields of others cannot be removed: `)],
    }),
    text: () => REFUSAL,
    done: (name) => fixture.untilSaid(name, "Degraded", failure(`Deployment ${name}-api: `)),
  },
];

it.each(CASES.map((each, index) => [each.what, `refused${index}`, each] as const))(
  "a plan fails beforehand with what the operator would fail with: %s",
  async (_, name, { arrange, planned, text, done }) => {
    const object = await arrange(name);
    const answer = await fixture.planOf(object);
    expect(answer.plan).toMatchObject(planned(name));
    expect(answer.text).toContain(text(name));
    expect(answer.exitCode).toBe(1);
    await fixture.apply(object);
    await done(name);
  },
);

it("a plan of somebody who may not change the objects says so, and not that the operator may not", async () => {
  const { client, namespace, plugin } = fixture;
  const { cluster } = fixture.operator;
  const metadata = { name: "reader", namespace };
  const group = "rbac.authorization.k8s.io";
  await cluster.apply([
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      ...{ apiVersion: `${group}/v1`, kind: "Role", metadata },
      rules: [
        { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] },
        { apiGroups: ["dumbwaiter.io"], resources: ["*"], verbs: ["*"] },
      ],
    },
    {
      ...{ apiVersion: `${group}/v1`, kind: "RoleBinding", metadata },
      roleRef: { apiGroup: group, kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ]);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, metadata.name);
  const google = { ...SMALL.google, cloudResources: "configConnector" as const };
  const stdin = JSON.stringify(fixture.service("readable", { ...SMALL, google }));
  const args = ["plan", "-f", "-", "--output", "json", "--kubeconfig", kubeconfig];
  const { exitCode, stdout, stderr } = await plugin.run(args, { stdin });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("these objects could not be planned:");
  expect(stderr).toMatch(/Deployment readable-api: .*cannot patch resource "deployments"/);
  expect(stderr).toMatch(/PubSubTopic readable-ingress: .*cannot patch resource "pubsubtopics"/);
  const [plan] = (JSON.parse(stdout) as { plans: Plan[] }).plans;
  expect(plan).toMatchObject({ missing: {}, refused: [], objects: [] });
  expect(await exists(client, fixture.service("readable"))).toBe(false);
});
