import { join } from "node:path";
import { freePort } from "../servers/free-port.ts";
import { LOOPBACK, type OnDeath, type Server, startServer } from "../servers/server.ts";
import { apiRequest } from "./api-request.ts";
import type { ClusterFolder } from "./cluster-folder.ts";
import { FAKE_NODE } from "./fake-node.ts";

const STAGES = join(import.meta.dirname, "kwok-stages.yaml");

/** They manage a cloud's nodes, routes and load balancers, which do not exist here. */
const CONTROLLERS_LEFT_OUT = ["node-ipam", "node-route", "service-lb", "cloud-node-lifecycle"];

/** What the components of one cluster have in common. */
export interface ComponentDependencies {
  /** The program that contains all components. */
  readonly binary: string;
  readonly folder: ClusterFolder;
  readonly onDeath: OnDeath | undefined;
}

type ComponentSpec = ComponentDependencies & {
  readonly name: string;
  readonly port: number;
  /** The URL of its health check. */
  readonly health: string;
  readonly args: (directory: string) => string[];
};

export async function startEtcd(dependencies: ComponentDependencies): Promise<Server> {
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const peer = `http://${LOOPBACK}:${await freePort()}`;
  return await startComponent({
    ...{ ...dependencies, name: "etcd", port, health: `${url}/health` },
    args: (directory) => [join(directory, "data"), url, peer],
  });
}

export async function startApiServer(
  dependencies: ComponentDependencies,
  port: number,
  etcdUrl: string,
): Promise<Server> {
  const { folder } = dependencies;
  return await startComponent({
    ...{ ...dependencies, name: "kube-apiserver", port, health: `https://${LOOPBACK}:${port}/readyz` },
    args: () => [
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${port}`,
      `--cert-dir=${folder.file("certificates")}`,
      "--endpoint-reconciler-type=none",
      // Services have one family, IPv4, unless they ask for another.
      "--service-cluster-ip-range=10.0.0.0/16,fd00:10::/108",
      "--authorization-mode=Node,RBAC",
      `--token-auth-file=${folder.file("tokens.csv")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${folder.file("service-accounts.pub")}`,
      `--service-account-signing-key-file=${folder.file("service-accounts.key")}`,
      `--audit-policy-file=${folder.file("audit-policy.json")}`,
      `--audit-log-path=${folder.file("audit.log")}`,
      "--audit-log-mode=blocking", // the line is written before the answer
      "--audit-log-maxsize=1024", // no rotation
      "--allow-privileged=true",
    ],
  });
}

export async function startControllerManager(dependencies: ComponentDependencies): Promise<Server> {
  const { folder } = dependencies;
  const port = await freePort();
  return await startComponent({
    ...{
      ...dependencies,
      name: "kube-controller-manager",
      port,
      health: `https://${LOOPBACK}:${port}/healthz`,
    },
    args: () => [
      ...commonArgs(port, folder, "controller-manager"),
      `--service-account-private-key-file=${folder.file("service-accounts.key")}`,
      `--root-ca-file=${folder.caPath}`,
      "--use-service-account-credentials=true",
      `--controllers=*,${CONTROLLERS_LEFT_OUT.map((name) => `-${name}-controller`).join()}`,
      "--node-monitor-grace-period=24h", // kwok's nodes send no heartbeats
      // Tests wait for seconds, not minutes.
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
      "--horizontal-pod-autoscaler-sync-period=1s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
      "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
      "--horizontal-pod-autoscaler-downscale-stabilization=3s",
    ],
  });
}

export async function startScheduler(dependencies: ComponentDependencies): Promise<Server> {
  const port = await freePort();
  return await startComponent({
    ...{ ...dependencies, name: "kube-scheduler", port, health: `https://${LOOPBACK}:${port}/healthz` },
    args: () => commonArgs(port, dependencies.folder, "scheduler"),
  });
}

export async function startKwok(dependencies: ComponentDependencies): Promise<Server> {
  const port = await freePort();
  const [selector] = Object.entries(FAKE_NODE);
  return await startComponent({
    ...{ ...dependencies, name: "kwok", port, health: `http://${LOOPBACK}:${port}/healthz` },
    args: () => [
      `--kubeconfig=${dependencies.folder.kubeconfigPath("kwok")}`,
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

async function startComponent({
  binary,
  folder,
  onDeath,
  name,
  port,
  health,
  args,
}: ComponentSpec): Promise<Server> {
  const { origin, pathname } = new URL(health);
  return await startServer(port, origin, {
    name,
    command: binary,
    args: (directory) => [name, ...args(directory)],
    // Keep the developer's own settings out.
    env: { KUBECONFIG: "", KWOK_WORKDIR: folder.path },
    probe: async () => {
      const status = origin.startsWith("https:")
        ? (await apiRequest({ server: origin, caPath: folder.caPath }, pathname)).status
        : (await fetch(health, { signal: AbortSignal.timeout(2_000) })).status;
      if (status !== 200) throw new Error(`${health} answers ${status}`);
    },
    startTimeoutMs: 90_000,
    stopTimeoutMs: 100, // there is no data to save
    onDeath,
  });
}
