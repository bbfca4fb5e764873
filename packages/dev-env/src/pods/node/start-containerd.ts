import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess } from "../../servers/managed-process.ts";
import { runCommand } from "../../tools/run-command.ts";
import { NODE_NETWORK } from "./node-network.ts";
import type { RuntimeBinaries } from "./runtime-binaries.ts";

interface Containerd {
  readonly process: ManagedProcess;
  /** The endpoint for the kubelet. */
  readonly endpoint: string;
  /** Imports the images of an OCI or Docker archive under their names in it. */
  importImage(archive: string): Promise<void>;
}

/** @param folder its own; its path must be short enough for socket names */
export async function startContainerd(
  binaries: RuntimeBinaries,
  folder: string,
  pauseImage: string,
  onDeath: (report: string) => void,
): Promise<Containerd> {
  const socket = join(folder, "containerd.sock");
  const ctr = (args: readonly string[]) =>
    runCommand(binaries.ctr, ["--address", socket, "--namespace", "k8s.io", ...args]);
  const config = join(folder, "containerd.toml");
  const networks = join(folder, "networks");
  mkdirSync(networks, { recursive: true });
  writeFileSync(join(networks, "pods.conflist"), JSON.stringify(POD_NETWORK));
  writeFileSync(config, toml(binaries, { folder, socket, networks, pauseImage }));
  const started = await ManagedProcess.start({
    name: "containerd",
    command: binaries.containerd,
    args: () => ["--config", config],
    env: { PATH: [...binaries.folders, process.env.PATH].join(":") },
    probe: async () => void (await ctr(["version"])),
    onDeath,
  });
  return {
    process: started,
    endpoint: `unix://${socket}`,
    importImage: async (archive) => void (await ctr(["images", "import", archive])),
  };
}

const POD_NETWORK = {
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "pods",
      isGateway: true,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: NODE_NETWORK }]] },
    },
  ],
};

interface Files {
  readonly folder: string;
  readonly socket: string;
  readonly networks: string;
  readonly pauseImage: string;
}

function toml(binaries: RuntimeBinaries, { folder, socket, networks, pauseImage }: Files): string {
  return `
version = 2
root = "${folder}/root"
state = "${folder}/state"

[grpc]
  address = "${socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Our containers may not be permitted to lower their score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${binaries.runc}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${binaries.cni}"
    conf_dir = "${networks}"
`;
}
