import type { TestCluster } from "@dumbwaiter/dev-env/cluster";
import type { Environment } from "../environments/environment.ts";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import { chartsOf } from "../src/render-environment.ts";

/**
 * Applies an environment, in the order of its charts.
 *
 * @param isWanted leaves objects out
 * @throws where the API server refuses or warns
 */
export async function installOnCluster(
  cluster: TestCluster,
  environment: Environment,
  isWanted: (object: KubernetesObject) => boolean,
): Promise<void> {
  const [namespace, ...charts] = chartsOf(environment);
  await cluster.apply(namespace?.objects ?? []);
  await cluster.untilServiceAccount(environment.namespace);
  await cluster.apply(charts.flatMap(({ objects }) => objects).filter(isWanted));
  await cluster.untilAvailable(environment.namespace);
}
