import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { clusterBinary } from "../../cluster/build-binary.ts";
import { ManagedProcess } from "../../servers/managed-process.ts";
import { NODE_ADDRESS, NODE_NAME } from "./node-network.ts";

const HEALTH_PORT = 10248;

interface KubeletOptions {
  readonly folder: string;
  readonly kubeconfigPath: string;
  readonly containerRuntimeEndpoint: string;
  /** The existing parent of the pods' cgroups. */
  readonly cgroupRoot: string;
  readonly onDeath: (report: string) => void;
}

/** Resolves once it is healthy; the node becomes Ready soon after. */
export async function startKubelet(options: KubeletOptions): Promise<ManagedProcess> {
  const { folder, kubeconfigPath, onDeath } = options;
  const config = join(folder, "kubelet.yaml");
  writeFileSync(config, stringify(configuration(options)));
  const { path } = await clusterBinary();
  return await ManagedProcess.start({
    name: "kubelet",
    command: path,
    args: () => [
      "kubelet",
      `--config=${config}`,
      `--kubeconfig=${kubeconfigPath}`,
      `--root-dir=${folder}/kubelet`,
      `--cert-dir=${folder}/kubelet-certificates`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
      "--node-labels=topology.kubernetes.io/zone=zone-a",
    ],
    probe: async () => {
      const { status } = await fetch(`http://127.0.0.1:${HEALTH_PORT}/healthz`);
      if (status !== 200) throw new Error(`the kubelet's health check answered ${status}`);
    },
    startTimeoutMs: 60_000,
    onDeath,
  });
}

function configuration({ folder, containerRuntimeEndpoint, cgroupRoot }: KubeletOptions): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint,
    podLogsDir: `${folder}/pod-logs`,
    // Nothing else is in its network.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    healthzPort: HEALTH_PORT,
    resolvConf: "",
    // For a machine that is not set up for it: user namespace, cgroups of either version.
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot,
    enforceNodeAllocatable: [],
    makeIPTablesUtilChains: false,
    localStorageCapacityIsolation: false,
    failSwapOn: false,
    featureGates: { KubeletInUserNamespace: true },
    // These tests are not about a full disk.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%" },
  };
}
