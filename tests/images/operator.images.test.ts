import { connectKubernetes } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type OwnedCluster, startCluster } from "../cluster/index.ts";
import { type OperatorProcess, startOperator } from "../operator/operator-process.ts";
import { grantRights } from "../operator/operator-rights.ts";
import { applyRoutingService, routingService, untilCondition } from "../operator/routing-service.ts";
import { buildImage } from "./build-image.ts";
import { cpuSecondsToStart } from "./cpu-seconds-to-start.ts";
import { type UnpackedImage, unpackImage } from "./from-image.ts";
import { layServiceAccount } from "./pod-service-account.ts";

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

  it("starts within a second of processor time", async () => {
    expect(await cpuSecondsToStart(start, 1)).toBeLessThan(1);
  });

  it("brings a RoutingService about with the service account of its pod", async () => {
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
