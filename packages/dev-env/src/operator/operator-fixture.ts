import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { type ApiProxy, startApiProxy, type TestCluster } from "../cluster/index.ts";
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

interface FixtureOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Other values of the chart, such as `{ "rbac.monitoring": false }`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export async function startOperatorFixture(
  cluster: TestCluster,
  { values, ...options }: FixtureOptions = {},
): Promise<OperatorFixture> {
  const namespace = await cluster.namespace(uniqueName("op"));
  const kubeconfigPath = await grantRights(cluster, namespace, [namespace], values);
  return start(cluster, namespace, kubeconfigPath, options);
}

/** The operator reaches the API server through a proxy that a test controls. */
export interface ProxiedOperatorFixture extends OperatorFixture {
  readonly proxy: ApiProxy;
}

export async function startProxiedOperatorFixture(
  cluster: TestCluster,
  { values }: Pick<FixtureOptions, "values"> = {},
): Promise<ProxiedOperatorFixture> {
  const namespace = await cluster.namespace(uniqueName("op"));
  const kubeconfigPath = await grantRights(cluster, namespace, [namespace], values);
  const proxy = await startApiProxy({ ...cluster.address, kubeconfigPath });
  const fixture = await start(cluster, namespace, proxy.kubeconfigPath);
  return {
    ...{ ...fixture, proxy },
    async stop() {
      await fixture.stop();
      await proxy.close();
    },
  };
}

async function start(
  cluster: TestCluster,
  namespace: string,
  kubeconfigPath: string,
  options: Pick<FixtureOptions, "env"> = {},
): Promise<OperatorFixture> {
  const deaths: string[] = [];
  const onDeath = (report: string) => void deaths.push(report);
  const operator = await startOperator({ kubeconfigPath, namespaces: [namespace], onDeath, ...options });
  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  return {
    ...{ cluster, operator, namespace, client, deaths },
    async stop() {
      await operator.stop();
      await client.close();
      await cluster.removeNamespace(namespace);
    },
  };
}
