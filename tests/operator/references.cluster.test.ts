import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import {
  type ProxiedOperatorFixture,
  startProxiedOperatorFixture,
} from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  routingService,
  SMALL,
  untilCondition,
  untilSaid,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { REFERENCES_ANNOTATION, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const NAME = "refers";
const SPEC: RoutingServiceSpecInput = {
  ...SMALL,
  redis: { urlSecret: { name: "redis" }, caConfigMap: { name: "redis-ca" } },
  rollout: { onReferenceChange: "restart" },
  api: {
    ...SMALL.api,
    template: { container: { envFrom: [{ secretRef: { name: "proxy", optional: true } }] } },
  },
};

let fixture: ProxiedOperatorFixture;
beforeAll(async () => {
  const values = { "rbac.secrets": ["redis"] };
  fixture = await startProxiedOperatorFixture(await sharedCluster(), { values });
  await put("Secret", "redis", { url: "redis://one" });
  await put("ConfigMap", "redis-ca", { "ca.pem": "one" });
  await put("Secret", "proxy", { HTTPS_PROXY: "http://one:3128" });
});
afterAll(() => fixture?.stop());

async function put(kind: "Secret" | "ConfigMap", name: string, data: object, labels = {}): Promise<void> {
  const { client, namespace } = fixture;
  const metadata = { name, namespace, labels };
  const content = kind === "Secret" ? { stringData: data } : { data };
  await client.apply(
    { apiVersion: "v1", kind, metadata, ...content },
    { fieldManager: "tests", force: true },
  );
}

interface Template {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
}

/** The generation of a Deployment, and the versions in the annotation of its pods. */
async function stateOf(component: string) {
  const { client, namespace } = fixture;
  const metadata = { name: `${NAME}-${component}`, namespace };
  const live = await client.get({ apiVersion: "apps/v1", kind: "Deployment", metadata });
  const { template } = live.spec as { readonly template: Template };
  const text = template.metadata.annotations[REFERENCES_ANNOTATION] ?? "";
  const versions = Object.fromEntries(text.split(" ").map((each) => each.split("=")));
  return { generation: live.metadata.generation, versions: versions as Record<string, string> };
}

async function ready(): Promise<void> {
  await untilCondition(fixture.client, routingService(NAME, fixture.namespace), "Ready", "True", WAIT_MS);
}

it("pods are created once, with the versions of what they refer to", async () => {
  const { client, namespace } = fixture;
  await applyRoutingService(client, routingService(NAME, namespace, SPEC));
  await ready();
  for (const component of ["api", "processor", "realtime"]) {
    expect(await stateOf(component)).toEqual({
      generation: 1,
      versions: { "ConfigMap/redis-ca": expect.any(String), "Secret/redis": expect.any(String) },
    });
  }
});

it("a Secret that may not be watched holds nothing up, and the status and an Event tell", async () => {
  const { client, namespace } = fixture;
  const live = await untilSaid(client, routingService(NAME, namespace), "DependenciesReady", {
    ...{ status: "False", reason: "ReferencesNotWatched" },
    message: /^Secret proxy is not watched: .*cannot list resource "secrets"/,
  });
  expect(conditionOf(live, "Ready")?.status).toBe("True");
  expect(conditionOf(live, "Degraded")?.status).toBe("False");
  await eventually(async () => {
    expect(await eventMessages(client, namespace, "ReferencesNotWatched")).toEqual([
      expect.stringContaining("Secret proxy is not watched"),
    ]);
  }, WAIT_MS);
});

it("a changed Secret replaces the pods of every component, one component after the other", async () => {
  const before = await stateOf("realtime");
  await put("Secret", "redis", { url: "redis://two" });
  await eventually(async () => {
    for (const component of ["processor", "api", "realtime"]) {
      expect((await stateOf(component)).versions["Secret/redis"]).not.toBe(before.versions["Secret/redis"]);
    }
  }, WAIT_MS);
  await ready();
  expect(await stateOf("realtime")).toMatchObject({
    generation: 2,
    versions: { "ConfigMap/redis-ca": before.versions["ConfigMap/redis-ca"] },
  });
});

it("a changed ConfigMap replaces the pods, but not one with another label", async () => {
  const before = await stateOf("processor");
  await put("ConfigMap", "redis-ca", { "ca.pem": "one" }, { team: "a" });
  await put("ConfigMap", "redis-ca", { "ca.pem": "two" }, { team: "a" });
  await eventually(async () => expect((await stateOf("processor")).generation).toBe(3), WAIT_MS);
  await ready();
  const after = await stateOf("processor");
  expect(after.versions["Secret/redis"]).toBe(before.versions["Secret/redis"]);
  // Only the content counts, so this is the version from before.
  await put("ConfigMap", "redis-ca", { "ca.pem": "one" });
  await eventually(
    async () => expect((await stateOf("processor")).versions).toEqual(before.versions),
    WAIT_MS,
  );
  await ready();
});

it("a new process of the operator, and a Secret that is gone, replace no pods", async () => {
  const { client, namespace, operator } = fixture;
  const before = await stateOf("api");
  await client.delete({ apiVersion: "v1", kind: "Secret", metadata: { name: "redis", namespace } });
  await operator.kill("SIGTERM");
  await operator.restart();
  await eventually(async () => {
    expect(
      await operator.metric("dumbwaiter_operator_reconciles_total", { result: "success" }),
    ).toBeGreaterThan(0);
  }, WAIT_MS);
  await ready();
  expect(await stateOf("api")).toEqual(before);
});

it("a new process that the API server asks to wait does, replaces no pods, and watches then", async () => {
  const { operator, proxy, namespace } = fixture;
  const before = await stateOf("realtime");
  const asked: number[] = [];
  let watches = 0;
  proxy.intercept(async ({ url = "" }, response) => {
    if (!url.startsWith(`/api/v1/namespaces/${namespace}/secrets?`)) return "pass";
    if (!url.includes("redis")) return "pass";
    if (url.includes("watch=true")) watches += 1;
    else if (asked.push(performance.now()) === 1) {
      const body = {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        code: 429,
        reason: "TooManyRequests",
      };
      response.writeHead(429, { "content-type": "application/json", "retry-after": "2" });
      response.end(JSON.stringify(body));
      return "answered";
    }
    return "pass";
  });
  await operator.kill("SIGTERM");
  await operator.restart();
  await eventually(() => expect(watches).toBeGreaterThan(0), WAIT_MS);
  expect(asked).toHaveLength(2);
  const [refused = 0, again = 0] = asked;
  expect(again - refused).toBeGreaterThanOrEqual(1_900);
  expect(await stateOf("realtime")).toEqual(before);
  await put("Secret", "redis", { url: "redis://three" });
  const replaced = (before.generation as number) + 1;
  await eventually(async () => expect((await stateOf("realtime")).generation).toBe(replaced), WAIT_MS);
  await ready();
});

it("a plan says whose pods a change of the spec replaces, and what it cannot know", async () => {
  const { cluster, namespace } = fixture;
  const plugin = await installPlugin(cluster);
  const planOf = async (spec: RoutingServiceSpecInput) => {
    const stdin = JSON.stringify(routingService(NAME, namespace, spec));
    const args = ["plan", "-f", "-", "--server-side", "--field-manager", "tests", "--force-conflicts"];
    const { stdout, stderr } = await plugin.run(args, { stdin });
    return `${stdout}${stderr}`;
  };
  const same = await planOf(SPEC);
  expect(same).toContain("0 to create, 0 to change, 0 to delete");
  expect(same).toContain("Secret proxy is not watched by the operator");
  const ignored = await planOf({ ...SPEC, rollout: { onReferenceChange: "ignore" } });
  expect(ignored).toContain(`.annotations.${REFERENCES_ANNOTATION}`);
  expect(ignored).toContain("Pods will be replaced: processor, api, realtime, one after the other.");
  await plugin.uninstall();
});
