import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import { REFUSAL, refuseWrites } from "@dumbwaiter/dev-env/operator/refuse-writes";
import {
  applyRoutingService,
  conditionOf,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const ALIASES = { hostAliases: [{ ip: "10.9.9.9", hostnames: ["evil"] }] };
const IGNORED = "dumbwaiter.io/ignore-field-managers";

let fixture: OperatorFixture;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(async () => {
  await fixture?.stop();
  expect(fixture?.deaths).toEqual([]);
});

async function made(name: string, more: object = {}, annotations = {}): Promise<RoutingService> {
  const object = routingService(name, fixture.namespace, { ...SMALL, ...more });
  return applyRoutingService(fixture.client, { ...object, metadata: { ...object.metadata, annotations } });
}

function apiOf(name: string, podSpec: object): KubeObject {
  const metadata = { name: `${name}-api`, namespace: fixture.namespace };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template: { spec: podSpec } } };
}

const podSpecOf = async (name: string) => {
  const { spec } = await fixture.client.get(apiOf(name, {}));
  return (spec as { template: { spec: Record<string, unknown> } }).template.spec;
};

/** A policy that lets nobody remove the aliases. */
async function keepAliases(name: string): Promise<() => Promise<void>> {
  const { client, namespace } = fixture;
  const has = (object: string) => `has(${object}.spec.template.spec.hostAliases)`;
  const allowed = `object.metadata.name != '${name}-api' || !${has("oldObject")} || ${has("object")}`;
  const end = { spec: { template: { spec: { hostAliases: null } } } };
  return refuseWrites(
    client,
    namespace,
    { group: "apps", resource: "deployments", operation: "UPDATE", allowed },
    () => client.mergePatch(apiOf(name, {}), end, { dryRun: true }),
  );
}

describe("a field of others that admission does not let go", () => {
  it("is reported; the RoutingService is ready, as its objects are applied", async () => {
    const { client } = fixture;
    const service = await made("kept");
    await untilCondition(client, service, "Ready");
    await client.apply(apiOf("kept", ALIASES), { fieldManager: "somebody" });
    const end = await keepAliases("kept");
    try {
      // It is looked at again: before, it may have been without the policy.
      await client.apply(apiOf("kept", { ...ALIASES, dnsConfig: { nameservers: ["10.9.9.9"] } }), {
        fieldManager: "somebody",
      });
      await eventually(async () => {
        const live = await untilCondition(client, service, "Drifted");
        const message = conditionOf(live, "Drifted")?.message;
        expect(message).toContain(".spec.template.spec.hostAliases (somebody)");
        expect(message).toContain(".spec.template.spec.dnsConfig (somebody)");
      }, WAIT_MS);
      const live = await untilCondition(client, service, "Ready");
      expect(conditionOf(live, "Degraded")).toMatchObject({ status: "False", reason: "AsExpected" });
    } finally {
      await end();
    }
  });

  it("is a failure, and still reported, where it must not stay", async () => {
    const { client } = fixture;
    const service = await made("strict");
    await untilCondition(client, service, "Ready");
    await client.apply(apiOf("strict", ALIASES), { fieldManager: "somebody" });
    await untilCondition(client, service, "Drifted");
    const end = await keepAliases("strict");
    try {
      await made("strict", { enforce: "strict" });
      await eventually(async () => {
        const live = await untilCondition(client, service, "Ready", "False");
        expect(conditionOf(live, "Ready")).toMatchObject({
          reason: "ApplyFailed",
          message: expect.stringContaining(REFUSAL),
        });
        expect(conditionOf(live, "Drifted")).toMatchObject({ status: "True", reason: "ForeignFields" });
      }, WAIT_MS);
    } finally {
      await end();
    }
    await untilCondition(client, service, "Drifted", "False");
    await untilCondition(client, service, "Ready");
    expect(await podSpecOf("strict")).not.toHaveProperty("hostAliases");
  });
});

it("strict enforcement takes others' items out of a list, and leaves those of a manager that may add", async () => {
  const { client } = fixture;
  const service = await made("mesh", { enforce: "strict" }, { [IGNORED]: "mesh" });
  await untilCondition(client, service, "Ready");
  const volumes = (...names: string[]) =>
    apiOf("mesh", { volumes: names.map((name) => ({ name, emptyDir: {} })) });
  await client.apply(volumes("certificates"), { fieldManager: "mesh" });
  await client.apply(volumes("certificates", "evil"), { fieldManager: "somebody" });
  await eventually(async () => {
    expect(((await podSpecOf("mesh")).volumes as { name: string }[]).map(({ name }) => name)).toEqual([
      "certificates",
    ]);
  }, WAIT_MS);
  const live = await untilCondition(client, service, "Ready");
  expect(conditionOf(live, "Drifted")?.status).toBe("False");
});
