import { shared } from "../servers/shared-servers.ts";
import type { ClusterAddress } from "./cluster-address.ts";
import { TestCluster } from "./test-cluster.ts";

/**
 * The cluster that all test files of one Jest run share; the first call starts it. Work in namespaces of your own
 * (`cluster.namespace()`), and remove them. A test that drains nodes or kills a component starts its own cluster.
 */
export async function sharedCluster(): Promise<TestCluster> {
  const { address } = await shared<{ address: ClusterAddress }>("cluster");
  return new TestCluster(address);
}
