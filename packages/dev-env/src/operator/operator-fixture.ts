import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import type { TestCluster } from "../cluster/index.ts";
import { uniqueName } from "../servers/index.ts";
import { type OperatorProcess, startOperator } from "./operator-process.ts";
import { grantRights } from "./operator-rights.ts";

/** An operator with the RBAC rules of its chart, and the namespace that it watches. */
export interface OperatorFixture {
  readonly cluster: TestCluster;
  readonly operator: OperatorProcess;
  readonly namespace: string;
  /** With an administrator's rights. */
  readonly client: KubeClient;
  readonly deaths: readonly string[];
  stop(): Promise<void>;
}

export async function startOperatorFixture(
  cluster: TestCluster,
  env: Readonly<Record<string, string>> = {},
): Promise<OperatorFixture> {
  const namespace = await cluster.namespace(uniqueName("op"));
  const kubeconfigPath = await grantRights(cluster, namespace);
  const deaths: string[] = [];
  const onDeath = (report: string) => void deaths.push(report);
  const operator = await startOperator({ kubeconfigPath, namespaces: [namespace], env, onDeath });
  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  return {
    ...{ cluster, operator, namespace, client, deaths },
    async stop() {
      await operator.stop();
      await client.close();
    },
  };
}
