import { type OwnedCluster, startCluster } from "../../cluster/index.ts";
import { NODE_NAME } from "./node-network.ts";
import { PAUSE_IMAGE } from "./pause-image.ts";
import type { PodMachine } from "./pod-machine.ts";
import { runtimeBinaries } from "./runtime-binaries.ts";
import { startContainerd } from "./start-containerd.ts";
import { startKubelet } from "./start-kubelet.ts";

interface Node {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

/** The test cluster's control plane, and a node that runs pods. `stop` stops both; pods end with the namespaces. */
export async function startPodCluster({ folder, cgroup, images }: PodMachine): Promise<OwnedCluster> {
  const onDeath = (report: string) => void process.stderr.write(`${report}\n`);
  const [cluster, containerd] = await Promise.all([
    startCluster({ nodes: 0, onDeath }),
    startContainerd(await runtimeBinaries(), folder, PAUSE_IMAGE, onDeath),
  ]);
  for (const archive of images) await containerd.importImage(archive);
  const kubelet = await startKubelet({
    folder,
    kubeconfigPath: cluster.kubeconfigPath,
    containerRuntimeEndpoint: containerd.endpoint,
    cgroupRoot: cgroup,
    onDeath,
  });
  await cluster.until(`/api/v1/nodes/${NODE_NAME}`, ({ status }: Node) =>
    status.conditions.some((each) => each.type === "Ready" && each.status === "True"),
  );
  const stopControlPlane = cluster.stop;
  return Object.assign(cluster, {
    async stop() {
      await kubelet.stop();
      await containerd.process.stop();
      await stopControlPlane();
    },
  });
}
