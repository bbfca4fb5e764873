import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { authoredContent } from "@dumbwaiter/dev-env/operator/authored-content";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const API = '.spec.template.spec.containers[name="api"]';
const IGNORED = "dumbwaiter.io/ignore-field-managers";

let fixture: OperatorFixture;
let service: RoutingService;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(async () => {
  await fixture?.stop();
  expect(fixture?.deaths).toEqual([]);
});

let count = 0;
beforeEach(async () => {
  service = await made(`f${count++}`);
  await untilCondition(fixture.client, service, "Ready");
});

async function made(name: string, more: RoutingServiceSpecInput | object = {}, annotations = {}) {
  const object = routingService(name, fixture.namespace, { ...SMALL, ...more });
  const metadata = { ...object.metadata, annotations };
  return applyRoutingService(fixture.client, { ...object, metadata });
}

const nameOfApi = () => `${service.metadata.name}-api`;

async function live(apiVersion: string, kind: string): Promise<KubeObject> {
  const metadata = { name: nameOfApi(), namespace: fixture.namespace };
  return fixture.client.get({ apiVersion, kind, metadata });
}

async function kubectl(...args: string[]): Promise<void> {
  await fixture.cluster.kubectl([...args, "-n", fixture.namespace]);
}

const patch = (kind: string, content: object) =>
  kubectl("patch", kind, nameOfApi(), `--patch=${JSON.stringify(content)}`, "--field-manager=somebody");

const pods = (spec: object) => patch("deployment", { spec: { template: { spec } } });
const container = (fields: object) => pods({ containers: [{ name: "api", ...fields }] });

async function untilDrifted(message: string): Promise<RoutingService> {
  return eventually(async () => {
    const found = await untilCondition(fixture.client, service, "Drifted");
    expect(conditionOf(found, "Drifted")).toMatchObject({
      reason: "ForeignFields",
      message: expect.stringContaining(message),
    });
    return found;
  }, WAIT_MS);
}

/** What others may do to an object, and how it is reported. */
const DRIFT: readonly (readonly [string, string, string, () => Promise<void>, string])[] = [
  [
    "a variable",
    ...(["apps/v1", "Deployment"] as const),
    () => kubectl("set", "env", `deployment/${nameOfApi()}`, "HTTPS_PROXY=http://evil.example"),
    `${API}.env[name="HTTPS_PROXY"] (kubectl-set)`,
  ],
  [
    "the host's network",
    ...(["apps/v1", "Deployment"] as const),
    () => pods({ hostNetwork: true }),
    ".spec.template.spec.hostNetwork (somebody)",
  ],
  [
    "a command",
    ...(["apps/v1", "Deployment"] as const),
    () => container({ command: ["/bin/sh"] }),
    `${API}.command (somebody)`,
  ],
  [
    "a container",
    ...(["apps/v1", "Deployment"] as const),
    () => pods({ containers: [{ name: "evil", image: "evil.example/evil" }] }),
    '.spec.template.spec.containers[name="evil"] (somebody)',
  ],
  [
    "a user",
    ...(["apps/v1", "Deployment"] as const),
    () => container({ securityContext: { runAsUser: 0 } }),
    `${API}.securityContext.runAsUser (somebody)`,
  ],
  [
    "an address",
    ...(["v1", "Service"] as const),
    () => patch("service", { spec: { externalIPs: ["10.9.9.9"] } }),
    ".spec.externalIPs (somebody)",
  ],
  [
    "a setting",
    ...(["v1", "ConfigMap"] as const),
    () => patch("configmap", { data: { NODE_EXTRA_CA_CERTS: "evil.pem" } }),
    ".data.NODE_EXTRA_CA_CERTS (somebody)",
  ],
  [
    "an identity",
    ...(["v1", "ServiceAccount"] as const),
    () =>
      patch("serviceaccount", { metadata: { annotations: { "iam.gke.io/gcp-service-account": "evil@a" } } }),
    ".metadata.annotations.iam.gke.io/gcp-service-account (somebody)",
  ],
];

describe("what others add to the objects of a RoutingService", () => {
  it.each(DRIFT)(
    "is reported, and removed if it enforces strictly: %s",
    async (_, apiVersion, kind, add, message) => {
      const { client, namespace } = fixture;
      const before = authoredContent(await live(apiVersion, kind));
      await add();
      await untilDrifted(`${kind} ${nameOfApi()}: ${message}`);
      const drifted = authoredContent(await live(apiVersion, kind));
      expect(drifted).not.toEqual(before);
      await eventually(async () => {
        const messages = await eventMessages(client, namespace, "Drifted");
        expect(messages.join("\n")).toContain(`${kind} ${nameOfApi()}: ${message}`);
      }, WAIT_MS);

      await made(service.metadata.name, { enforce: "strict" });
      await untilCondition(client, service, "Drifted", "False");
      expect(authoredContent(await live(apiVersion, kind))).toEqual(before);
      const [field = "", manager = ""] = message.slice(0, -1).split(" (");
      await eventually(async () => {
        const messages = await eventMessages(client, namespace, "DriftRepaired");
        const removed = messages.filter((each) =>
          each.includes(` of ${kind} ${nameOfApi()}, which ${manager} `),
        );
        expect(removed.join("\n")).toMatch(/^Removed /);
        expect(removed.join("\n")).toContain(field);
      }, WAIT_MS);
      // From now on it is removed at once.
      await add();
      await eventually(async () => {
        expect(authoredContent(await live(apiVersion, kind))).toEqual(before);
        const { metadata } = await live(apiVersion, kind);
        const managers = metadata.managedFields?.map((entry) => entry.manager);
        expect(managers).not.toContain(manager);
      }, WAIT_MS);
      await untilCondition(client, service, "Ready");
    },
  );

  it("is removed at once if it would override a setting, whoever adds it", async () => {
    const { client, namespace } = fixture;
    await made(service.metadata.name, {}, { [IGNORED]: "kubectl-set" });
    const before = authoredContent(await live("apps/v1", "Deployment"));
    await kubectl("set", "env", `deployment/${nameOfApi()}`, "AUTH_JWKS_URL=https://evil.example/jwks");
    await eventually(async () => {
      const messages = await eventMessages(client, namespace, "DriftRepaired");
      expect(messages).toContain(
        `Removed ${API}.env[name="AUTH_JWKS_URL"] of Deployment ${nameOfApi()}, which kubectl-set had added`,
      );
    }, WAIT_MS);
    expect(authoredContent(await live("apps/v1", "Deployment"))).toEqual(before);
    await untilCondition(client, service, "Drifted", "False");
    await untilCondition(client, service, "Ready");
  });

  it("is removed as often as it is added, beside what may stay", async () => {
    const { client } = fixture;
    await made(service.metadata.name, {}, { [IGNORED]: "somebody" });
    await container({ command: ["/bin/sh"] });
    const before = authoredContent(await live("apps/v1", "Deployment"));
    for (let times = 0; times < 2; times += 1) {
      await kubectl("set", "env", `deployment/${nameOfApi()}`, "AUTH_JWKS_URL=https://evil.example/jwks");
      await eventually(async () => {
        expect(authoredContent(await live("apps/v1", "Deployment"))).toEqual(before);
      }, WAIT_MS);
      await untilCondition(client, service, "Ready");
    }
  });

  it("is reported when a value changes that was a default", async () => {
    const metadata = { name: nameOfApi(), namespace: fixture.namespace };
    const apply = (dnsPolicy: string) => {
      const template = { spec: { dnsPolicy, hostAliases: [{ ip: "10.9.9.9", hostnames: ["evil"] }] } };
      const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } };
      return fixture.client.apply(deployment, { fieldManager: "somebody" });
    };
    await apply("ClusterFirst");
    // Shows that the operator has looked at what was added.
    const found = await untilDrifted("hostAliases");
    expect(conditionOf(found, "Drifted")?.message).not.toContain("dnsPolicy");
    await apply("Default");
    await untilDrifted(".spec.template.spec.dnsPolicy (somebody)");
  });

  it("is left to the field managers that an annotation names", async () => {
    const { client } = fixture;
    await container({ command: ["/bin/sh"] });
    await untilDrifted(`${API}.command (somebody)`);
    await made(service.metadata.name, { enforce: "strict" }, { [IGNORED]: "istio, somebody" });
    await untilCondition(client, service, "Drifted", "False");
    expect((await live("apps/v1", "Deployment")).spec).toMatchObject({
      template: { spec: { containers: [{ command: ["/bin/sh"] }] } },
    });
    await made(service.metadata.name);
    await untilDrifted(`${API}.command (somebody)`);
  });

  it("is no drift if it changes nothing of what pods run", async () => {
    const { client, namespace, operator } = fixture;
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: nameOfApi(), namespace },
    };
    const writes = await operator.metric("dumbwaiter_operator_drift_repairs_total");
    // A default, resources, and where pods run.
    const template = {
      spec: {
        dnsPolicy: "ClusterFirst",
        nodeSelector: { "kubernetes.io/os": "linux" },
        containers: [{ name: "api", resources: { limits: { cpu: "1" } } }],
      },
    };
    await client.apply({ ...deployment, spec: { template } }, { fieldManager: "somebody" });
    await kubectl("rollout", "restart", `deployment/${nameOfApi()}`);
    await made(service.metadata.name, { enforce: "strict" });
    const settled = await untilCondition(client, service, "Ready");
    expect(conditionOf(settled, "Drifted")).toMatchObject({ status: "False", reason: "AsExpected" });
    expect((await live("apps/v1", "Deployment")).spec).toMatchObject({
      template: {
        ...template,
        metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": expect.any(String) } },
      },
    });
    expect(await operator.metric("dumbwaiter_operator_drift_repairs_total")).toBe(writes);
  });
});
