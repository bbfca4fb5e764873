import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { PLAN_WAIT_MS, type PlanCase, PlanFixture } from "@dumbwaiter/dev-env/kubectl-plugin/plan-fixture";
import { untilDependenciesReady } from "@dumbwaiter/dev-env/operator/dependency-controllers";
import { SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import { type RoutingServiceSpecInput, VERSION } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";

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

const containing = (text: string): unknown => expect.stringContaining(text);

const CASES: readonly PlanCase[] = [
  {
    what: "a component waits for one that is not available",
    async arrange(name) {
      const processor = { ...SMALL.processor, image: "registry.example/never-ready:1" };
      await fixture.apply(fixture.service(name, { ...SMALL, processor }));
      await fixture.untilSaid(name, "RealtimeAvailable", { reason: "Available" });
      return fixture.service(name, {
        ...SMALL,
        processor,
        api: { ...SMALL.api, image: "registry.example/api:2" },
      });
    },
    planned: () => ({ refused: [], restarts: ["api"], waiting: { api: "processor" } }),
    text: () => "Pods will be replaced: api.\napi waits for processor, which fails or is not available.",
    done: (name) =>
      fixture.untilSaid(name, "Progressing", {
        reason: "RollingOut",
        message: "api is waiting for processor",
      }),
  },
  {
    what: "components that are not in the rollout's order do not wait",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      return fixture.service(name, { ...NEW_IMAGES, rollout: { order: ["processor", "api"] } });
    },
    planned: () => ({
      restarts: ["realtime", "processor", "api"],
      rolloutOrder: ["processor", "api"],
      waiting: {},
    }),
    text: () => "Pods will be replaced: realtime without waiting; processor, api, one after the other.",
    done: (name) => fixture.untilSaid(name, "Ready", { reason: "AllAvailable" }),
  },
  {
    what: "another operator manages the RoutingService",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      return fixture.service(name, NEW_IMAGES, {
        annotations: { "dumbwaiter.io/operator": "elsewhere/other" },
      });
    },
    planned: () => ({
      operator: "elsewhere/other",
      warnings: [
        `The operator ${fixture.namespace}/dumbwaiter-operator hands the RoutingService over to elsewhere/other`,
        containing("No process of the operator elsewhere/other holds its leader lease"),
      ],
    }),
    text: () => "Managed by the operator elsewhere/other.\n",
    async done(name) {
      const metric = "dumbwaiter_operator_routing_services_of_others";
      await eventually(
        async () => expect(await fixture.operator.operator.metric(metric)).toBe(1),
        PLAN_WAIT_MS,
      );
      expect(await fixture.imageOf(`${name}-api`)).toBe(OLD_IMAGE);
    },
  },
  {
    what: "resources at Google are left to somebody else",
    async arrange(name) {
      const google = { ...SMALL.google, cloudResources: "configConnector" as const };
      await fixture.apply(fixture.service(name, { ...SMALL, google }));
      await untilDependenciesReady(fixture.client, fixture.service(name));
      return fixture.service(name, { ...SMALL, deletionPolicy: "Delete" });
    },
    planned: (name) => ({
      refused: [],
      objects: expect.arrayContaining([
        expect.objectContaining({ action: "prune", kind: "PubSubTopic", staysAtGoogle: true }),
        expect.objectContaining({ action: "prune", kind: "IAMPolicyMember", staysAtGoogle: true }),
      ]),
      name,
    }),
    text: () => "   stays at Google\n",
    done: (name) => fixture.untilSaid(name, "Ready", { reason: "AllAvailable" }),
  },
  {
    what: "the RoutingService is paused",
    async arrange(name) {
      await fixture.ready(fixture.service(name));
      return fixture.service(name, { ...NEW_IMAGES, paused: true });
    },
    planned: () => ({ paused: true, restarts: ["processor", "api", "realtime"] }),
    text: () => "Paused: the operator makes no changes until the RoutingService is resumed.\n",
    done: (name) => fixture.untilSaid(name, "Paused", { reason: "ChangesHeldBack" }),
  },
];

it.each(CASES.map((each, index) => [each.what, `except${index}`, each] as const))(
  "a plan says beforehand what is out of the ordinary: %s",
  async (_, name, { arrange, planned, text, done }) => {
    const object = await arrange(name);
    const answer = await fixture.planOf(object);
    expect(answer.plan).toMatchObject(planned(name));
    expect(answer.text).toContain(text(name));
    expect(answer.exitCode).toBe(0);
    await fixture.apply(object);
    await done(name);
  },
);
