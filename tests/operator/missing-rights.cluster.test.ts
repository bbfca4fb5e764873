import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { expect, it } from "@jest/globals";

/** The RoutingService once all its pods are available, with an operator that lacks some rights. */
async function availableWithout(
  rights: string,
  spec: RoutingServiceSpecInput,
  isAsExpected: (live: RoutingService) => void,
): Promise<void> {
  const cluster = await sharedCluster();
  await installCrds(cluster);
  const { client, namespace, stop } = await startOperatorFixture(cluster, { values: { [rights]: false } });
  try {
    const service = await applyRoutingService(client, routingService("less", namespace, spec));
    await eventually(async () => {
      const live = await untilCondition(client, service, "Progressing", "False");
      for (const component of ["Api", "Processor", "Realtime"]) {
        expect(conditionOf(live, `${component}Available`)?.status).toBe("True");
      }
      isAsExpected(live);
    }, 90_000);
  } finally {
    await stop();
  }
}

it("does without a monitor that its RBAC rules leave out, and says so", async () => {
  const spec = { ...SMALL, monitoring: { system: "prometheusOperator" as const } };
  await availableWithout("rbac.monitoring", spec, (live) => {
    expect(conditionOf(live, "Ready")?.status).toBe("True");
    expect(conditionOf(live, "DependenciesReady")).toMatchObject({
      status: "False",
      message: expect.stringContaining(
        "ServiceMonitor (monitoring.coreos.com/v1) cannot be managed: the operator lacks RBAC permission",
      ),
    });
    expect(conditionOf(live, "Degraded")?.status).toBe("False");
  });
});

it("is not ready without the topics that its RBAC rules leave out", async () => {
  const spec = {
    ...SMALL,
    google: { ...SMALL.google, cloudResources: "configConnector" as const },
  };
  await availableWithout("rbac.configConnector", spec, (live) => {
    expect(conditionOf(live, "Ready")).toMatchObject({
      ...{ status: "False", reason: "DependenciesMissing" },
      message: expect.stringContaining(
        "PubSubTopic (pubsub.cnrm.cloud.google.com/v1beta1) cannot be managed",
      ),
    });
  });
});
