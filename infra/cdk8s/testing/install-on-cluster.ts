import type { TestCluster } from "@dumbwaiter/dev-env/cluster";
import type { Environment } from "../environments/environment.ts";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import { chartsOf } from "../src/render-environment.ts";

/**
 * Applies an environment, in the order of its charts, and waits until it is available.
 *
 * @param isWanted selects the objects to apply
 * @throws if the API server refuses an object or warns about it
 */
export async function installOnCluster(
  cluster: TestCluster,
  environment: Environment,
  isWanted: (object: KubernetesObject) => boolean = () => true,
): Promise<void> {
  const [namespace, ...charts] = chartsOf(environment);
  await cluster.apply(namespace?.objects ?? []);
  await cluster.untilServiceAccount(environment.namespace);
  await cluster.apply(charts.flatMap(({ objects }) => objects).filter(isWanted));
  await cluster.untilAvailable(environment.namespace);
}
