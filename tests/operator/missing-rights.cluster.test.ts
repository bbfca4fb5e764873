import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";

import {
  applyRoutingService,
  conditionOf,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { connectKubernetes } from "@dumbwaiter/kubernetes";
import { expect, it } from "@jest/globals";

it("does without a kind that its RBAC rules leave out, and says so", async () => {
  const cluster = await sharedCluster();
  await installCrds(cluster);
  const namespace = await cluster.namespace();
  const spec = { ...SMALL, monitoring: { system: "prometheusOperator" as const } };

  const kubeconfigPath = await grantRights(cluster, namespace, [namespace], { "rbac.monitoring": false });
  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  const operator = await startOperator({ kubeconfigPath, namespaces: [namespace] });
  try {
    const service = await applyRoutingService(client, routingService("less", namespace, spec));
    const ready = await untilCondition(client, service, "Ready");
    expect(conditionOf(ready, "DependenciesReady")).toMatchObject({
      status: "False",
      message: expect.stringContaining(
        "ServiceMonitor (monitoring.coreos.com/v1) cannot be managed: the operator lacks RBAC permission",
      ),
    });
    expect(conditionOf(ready, "Degraded")?.status).toBe("False");
  } finally {
    await operator.stop();
    await client.close();
  }
});
