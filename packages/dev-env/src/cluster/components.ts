import { join } from "node:path";
import { freePort } from "../servers/free-port.ts";
import { LOOPBACK, type OnDeath, type Server, startServer } from "../servers/server.ts";
import { apiRequest } from "./api-request.ts";
import type { ClusterFolder } from "./cluster-folder.ts";

const STAGES = join(import.meta.dirname, "kwok-stages.yaml");

/** Nodes that carry this annotation are kwok's. */
export const FAKE_NODE = { "kwok.x-k8s.io/node": "fake" };

/** Made for a cloud's nodes, routes and load balancers, of which there are none. */
const CONTROLLERS_LEFT_OUT = ["node-ipam", "node-route", "service-lb", "cloud-node-lifecycle"];

/** What the parts of one cluster have in common. */
export interface Surroundings {
  /** The program that holds all parts. */
  readonly binary: string;
  readonly folder: ClusterFolder;
  readonly onDeath: OnDeath | undefined;
}

type Part = Surroundings & {
  readonly name: string;
  readonly port: number;
  /** Of its health check. */
  readonly health: string;
  readonly args: (directory: string) => string[];
};

export async function startEtcd(around: Surroundings): Promise<Server> {
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const peer = `http://${LOOPBACK}:${await freePort()}`;
  return await startPart({
    ...{ ...around, name: "etcd", port, health: `${url}/health` },
    args: (directory) => [join(directory, "data"), url, peer],
  });
}

export async function startApiServer(around: Surroundings, port: number, etcdUrl: string): Promise<Server> {
  const { folder } = around;
  return await startPart({
    ...{ ...around, name: "kube-apiserver", port, health: `https://${LOOPBACK}:${port}/readyz` },
    args: () => [
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${port}`,
      `--cert-dir=${folder.file("certificates")}`,
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.0.0.0/16",
      "--authorization-mode=Node,RBAC",
      `--token-auth-file=${folder.file("tokens.csv")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${folder.file("service-accounts.pub")}`,
      `--service-account-signing-key-file=${folder.file("service-accounts.key")}`,
      `--audit-policy-file=${folder.file("audit-policy.json")}`,
      `--audit-log-path=${folder.file("audit.log")}`,
      "--audit-log-mode=blocking", // a request's line is there once it is answered
      "--audit-log-maxsize=1024", // no rotation
      "--allow-privileged=true",
    ],
  });
}

export async function startControllerManager(around: Surroundings): Promise<Server> {
  const { folder } = around;
  const port = await freePort();
  return await startPart({
    ...{ ...around, name: "kube-controller-manager", port, health: `https://${LOOPBACK}:${port}/healthz` },
    args: () => [
      ...commonArgs(port, folder, "controller-manager"),
      `--service-account-private-key-file=${folder.file("service-accounts.key")}`,
      `--root-ca-file=${folder.caPath}`,
      "--use-service-account-credentials=true",
      `--controllers=*,${CONTROLLERS_LEFT_OUT.map((name) => `-${name}-controller`).join()}`,
      "--node-monitor-grace-period=24h", // kwok's nodes send no heartbeats
      // A test waits for seconds at most.
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
      "--horizontal-pod-autoscaler-sync-period=1s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
      "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
      "--horizontal-pod-autoscaler-downscale-stabilization=3s",
    ],
  });
}

export async function startScheduler(around: Surroundings): Promise<Server> {
  const port = await freePort();
  return await startPart({
    ...{ ...around, name: "kube-scheduler", port, health: `https://${LOOPBACK}:${port}/healthz` },
    args: () => commonArgs(port, around.folder, "scheduler"),
  });
}

export async function startKwok(around: Surroundings): Promise<Server> {
  const port = await freePort();
  const [selector] = Object.entries(FAKE_NODE);
  return await startPart({
    ...{ ...around, name: "kwok", port, health: `http://${LOOPBACK}:${port}/healthz` },
    args: () => [
      `--kubeconfig=${around.folder.kubeconfigPath("kwok")}`,
      `--config=${STAGES}`,
      `--manage-nodes-with-annotation-selector=${selector?.join("=")}`,
      `--server-address=${LOOPBACK}:${port}`,
      `--node-ip=${LOOPBACK}`,
    ],
  });
}

function commonArgs(port: number, folder: ClusterFolder, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${folder.kubeconfigPath(kubeconfig)}`,
    `--tls-cert-file=${folder.caPath}`,
    `--tls-private-key-file=${folder.caKeyPath}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${port}`,
    "--leader-elect=false",
    "--authentication-skip-lookup=true",
  ];
}

async function startPart({ binary, folder, onDeath, name, port, health, args }: Part): Promise<Server> {
  const { origin, pathname } = new URL(health);
  return await startServer(port, origin, {
    name,
    command: binary,
    args: (directory) => [name, ...args(directory)],
    // Their own settings are not for a test cluster.
    env: { KUBECONFIG: "", KWOK_WORKDIR: folder.path },
    probe: async () => {
      const status = origin.startsWith("https:")
        ? (await apiRequest({ server: origin, caPath: folder.caPath }, pathname)).status
        : (await fetch(health, { signal: AbortSignal.timeout(2_000) })).status;
      if (status !== 200) throw new Error(`${health} answers ${status}`);
    },
    startTimeoutMs: 90_000,
    stopTimeoutMs: 100, // there is nothing to save
    onDeath,
  });
}
