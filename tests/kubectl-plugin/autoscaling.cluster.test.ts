import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { PLAN_WAIT_MS, PlanFixture } from "@dumbwaiter/dev-env/kubectl-plugin/plan-fixture";
import { SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import type { ObjectPlan } from "@dumbwaiter/kubectl-plugin/plan";
import type { StatusReport } from "@dumbwaiter/kubectl-plugin/status-report";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

type Mode = "none" | "hpa" | "external";

let fixture: PlanFixture;
beforeAll(async () => {
  fixture = await PlanFixture.start(await sharedCluster());
});
afterAll(() => fixture?.stop());

const service = (mode: Mode, max = 4) =>
  fixture.service("a", { ...SMALL, api: { replicas: { min: 2, max }, autoscaling: { mode } } });

const kindsOf = (objects: readonly ObjectPlan[]) =>
  objects.map(({ action, kind, name }) => [action, kind, name]);

/** Resolves once the switch is done. */
async function switchTo(mode: Mode): Promise<void> {
  await fixture.ready(service(mode));
  const { plan } = await fixture.planOf(service(mode));
  expect(plan).toMatchObject({ action: "none", objects: [], restarts: [] });
}

describe("a switch of the autoscaling mode", () => {
  it("to another autoscaler removes ours, and changes no Deployment", async () => {
    await fixture.ready(service("hpa"));
    const { plan, text } = await fixture.planOf(service("external"));
    expect(plan.changes).toEqual([{ field: ".spec.api.autoscaling.mode", before: "hpa", after: "external" }]);
    expect(kindsOf(plan.objects)).toEqual([["prune", "HorizontalPodAutoscaler", "a-api"]]);
    expect(plan.restarts).toEqual([]);
    expect(text).toContain('"hpa" → "external"');
    await switchTo("external");
  });

  it("to a fixed number takes over what the other autoscaler has set", async () => {
    const { namespace, operator } = fixture;
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/a-api/scale?fieldManager=keda`;
    const contentType = "application/merge-patch+json";
    const body = { spec: { replicas: 5 } };
    const answer = await operator.cluster.request(path, { method: "PATCH", contentType, body });
    expect(answer.status).toBe(200);
    const { plan } = await fixture.planOf(service("none"));
    expect(kindsOf(plan.objects)).toEqual([["change", "Deployment", "a-api"]]);
    expect(plan.objects[0]?.changes).toEqual([
      { field: ".spec.replicas", before: 5, after: 2, takenFrom: ["keda"] },
    ]);
    expect(plan.restarts).toEqual([]);
    await switchTo("none");
    expect((await fixture.client.get(fixture.deployment("a-api"))).spec).toMatchObject({ replicas: 2 });
  });

  it("back to ours creates it, and changes no Deployment", async () => {
    const { plan } = await fixture.planOf(service("hpa"));
    expect(kindsOf(plan.objects)).toEqual([["create", "HorizontalPodAutoscaler", "a-api"]]);
    await switchTo("hpa");
  });
});

describe("kubectl dumbwaiter status", () => {
  it("shows the autoscaler of somebody else", async () => {
    const { client, namespace, plugin } = fixture;
    await switchTo("external");
    await client.apply(
      {
        ...fixture.object("keda-hpa-a", "autoscaling/v2", "HorizontalPodAutoscaler"),
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a-api" },
          ...{ minReplicas: 2, maxReplicas: 7 },
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
            },
          ],
        },
      },
      { fieldManager: "keda" },
    );
    await eventually(async () => {
      const { stdout } = await plugin.run(["status", "a", "-n", namespace, "-o", "json"]);
      const { components } = JSON.parse(stdout) as StatusReport;
      expect(components[0]?.autoscaling).toMatchObject({ min: 2, max: 7, metrics: [{ name: "cpu" }] });
    }, PLAN_WAIT_MS);
  });
});
