import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { buildImage } from "@dumbwaiter/dev-env/images/build-image";
import { cpuSecondsToStart } from "@dumbwaiter/dev-env/images/cpu-seconds-to-start";
import { type UnpackedImage, unpackImage } from "@dumbwaiter/dev-env/images/from-image";
import { layServiceAccount } from "@dumbwaiter/dev-env/images/pod-service-account";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  routingService,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { connectKubernetes } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

let cluster: OwnedCluster;
let image: UnpackedImage;

beforeAll(async () => {
  image = await unpackImage(await buildImage("operator"));
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
  await image?.remove();
});

describe("the operator's image", () => {
  let namespace: string;
  let start: () => Promise<OperatorProcess>;
  beforeAll(async () => {
    namespace = await cluster.namespace();
    const kubeconfigPath = await grantRights(cluster, namespace);
    const env = await layServiceAccount(image.root, cluster, namespace, kubeconfigPath);
    const launch = { ...image.launch, env: { ...image.launch.env, ...env } };
    start = () => startOperator({ launch, namespaces: [namespace] });
  });

  it("starts within a CPU second", async () => {
    expect(await cpuSecondsToStart(start, 1)).toBeLessThan(1);
  });

  it("reconciles a RoutingService with the service account of its pod", async () => {
    const operator = await start();
    const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
    try {
      const applied = await applyRoutingService(client, routingService("image", namespace));
      await untilCondition(client, applied, "Ready");
    } finally {
      await operator.stop();
      await client.close();
    }
  });
});
