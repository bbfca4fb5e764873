/*
 * A real Kubernetes for tests: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok (nodes whose
 * pods are simulated), each a process on a free loopback port, and metrics APIs with the values that a test sets.
 *
 * Name a test file `*.cluster.test.ts`, anywhere: `npm run test:cluster` runs it. `sharedCluster()` returns the
 * cluster that all files share; work in a namespace of your own there. Start your own with `startCluster()` (seconds)
 * to kill the API server or to drain nodes.
 *
 *   const cluster = await sharedCluster();
 *   const namespace = await cluster.namespace();                  // enforces `restricted`
 *   await cluster.apply(objects, ["-n", namespace]);              // server-side; throws if the server warns
 *   await cluster.untilAvailable(namespace);                      // all Deployments are rolled out
 *   await cluster.until("/api/v1/…", (body) => …);                // polls until the condition holds
 *   await cluster.kubectl(["get", …]);                            // { stdout, stderr, warnings }
 *   await cluster.helm(["install", …]);
 *   await cluster.request("/api/v1/…", { method, body });         // { status, warnings, body }
 *   const kubeconfigPath = await cluster.serviceAccountKubeconfig(namespace, "operator");
 *   await cluster.auditLog("system:serviceaccount:…:operator");   // its requests, with status codes
 *   await cluster.setLoad(namespace, { cpuMillicores: 500 });     // what autoscalers see
 *   const watch = await watchPods(cluster, namespace, "app=x");   // then watch.stop().fewestReady
 *
 *   const own = await startCluster({ nodes: 3 });
 *   await own.kill("kube-apiserver");
 *   await own.restart("kube-apiserver");
 *   await own.stop();
 */

export { CommandError, type CommandResult, runCommand } from "../tools/run-command.ts";
export { kubeconformPath, kubeScorePath } from "../tools/validation-tools.ts";
export { type ApiProxy, startApiProxy } from "./api-proxy.ts";
export type { ApiAnswer, ApiRequest } from "./api-request.ts";
export { clusterBinary } from "./build-binary.ts";
export type { Load } from "./metrics-stub.ts";
export { watchPods } from "./pod-watch.ts";
export { sharedCluster } from "./shared-cluster.ts";
export { type ClusterOptions, type Component, type OwnedCluster, startCluster } from "./start-cluster.ts";
export {
  type AuditEvent,
  type KubernetesObject,
  TestCluster,
} from "./test-cluster.ts";
