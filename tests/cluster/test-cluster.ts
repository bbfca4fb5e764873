import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually } from "../../packages/core/contracts/eventually.ts";
import { uniqueName } from "../servers/unique-name.ts";
import { type ApiAnswer, type ApiRequest, apiRequest } from "./api-request.ts";
import type { ClusterAddress } from "./cluster-address.ts";
import { kubeconfig } from "./cluster-folder.ts";
import { FAKE_NODE } from "./components.ts";
import { helmPath } from "./helm.ts";
import type { Load } from "./metrics-stub.ts";
import { type CommandOptions, type CommandResult, runCommand } from "./run-command.ts";

const ZONES = ["zone-a", "zone-b", "zone-c"];
const RESTRICTED = Object.fromEntries(
  ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

export interface KubectlResult extends CommandResult {
  /** The API server's, without their `Warning: `. */
  readonly warnings: readonly string[];
}

export interface KubectlOptions extends CommandOptions {
  /** The administrator's unless told otherwise. */
  readonly kubeconfigPath?: string;
}

/** A line of the API server's audit log, as far as tests look. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
  /** In microseconds, as the API writes times. */
  readonly requestReceivedTimestamp: string;
}

/** What tests do with a cluster, their own or the shared one. */
export class TestCluster {
  readonly address: ClusterAddress;

  constructor(address: ClusterAddress) {
    this.address = address;
  }

  get server(): string {
    return this.address.server;
  }

  /** An administrator's. */
  get kubeconfigPath(): string {
    return this.address.kubeconfigPath;
  }

  /** What commands need to find this cluster, and kubectl. Nothing is kept in the user's home. */
  get env(): Record<string, string> {
    const { folder, kubectlPath, kubeconfigPath } = this.address;
    return {
      KUBECONFIG: kubeconfigPath,
      KUBECACHEDIR: join(folder, "kubectl-cache"),
      HELM_CACHE_HOME: join(folder, "helm-cache"),
      HELM_CONFIG_HOME: join(folder, "helm-config"),
      HELM_DATA_HOME: join(folder, "helm-data"),
      PATH: `${dirname(kubectlPath)}:${process.env.PATH}`,
    };
  }

  /** @throws CommandError when kubectl fails */
  async kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const { kubeconfigPath = this.kubeconfigPath, env, ...rest } = options;
    const result = await runCommand(this.address.kubectlPath, args, {
      ...rest,
      env: { ...this.env, KUBECONFIG: kubeconfigPath, ...env },
    });
    const warnings = result.stderr
      .split("\n")
      .flatMap((line) => line.match(/^Warning: (.*)/)?.slice(1) ?? []);
    return { ...result, warnings };
  }

  /** @throws CommandError when helm fails */
  async helm(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return await runCommand(await helmPath(), args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** One request to the API server. An answer of any status resolves. */
  async request(path: string, options?: ApiRequest): Promise<ApiAnswer> {
    return await apiRequest(this.address, path, options);
  }

  /** Server-side apply of raw objects. @throws CommandError, also where the API server warns of anything */
  async apply(objects: readonly object[], args: readonly string[] = []): Promise<KubectlResult> {
    const stdin = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const flags = ["--server-side", "--warnings-as-errors", "--field-manager=tests", "-f", "-"];
    return await this.kubectl(["apply", ...flags, ...args], { stdin });
  }

  /** A namespace that enforces the restricted Pod Security Standard, with its default ServiceAccount. */
  async namespace(name = uniqueName()): Promise<string> {
    await this.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: RESTRICTED } }]);
    await this.untilServiceAccount(name);
    return name;
  }

  /** Until then pods are refused. */
  async untilServiceAccount(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    await eventually(async () => {
      const { status } = await this.request(path);
      if (status !== 200) throw new Error(`${namespace} has no default ServiceAccount: ${status}`);
    }, 60_000);
  }

  /** Ready nodes whose pods kwok runs, spread over three zones. Returns their names. */
  async addNodes(count: number, labels: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const prefix = uniqueName("node");
    const nodes = Array.from({ length: count }, (_, index) => fakeNode(`${prefix}-${index}`, index, labels));
    await this.apply(nodes);
    const names = nodes.map(({ metadata }) => metadata.name);
    await this.kubectl(["wait", "node", ...names, "--for=condition=Ready", "--timeout=60s"]);
    return names;
  }

  /** A kubeconfig that acts as the ServiceAccount does in a pod. Returns its path. */
  async serviceAccountKubeconfig(namespace: string, name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const answer = await this.request(path, { method: "POST", body: { spec: { expirationSeconds: 3600 } } });
    if (answer.status !== 201) throw new Error(`No token for ${namespace}/${name}: ${answer.body.message}`);
    const { server, caPath, folder } = this.address;
    const file = join(folder, `${uniqueName(name)}.kubeconfig`);
    await writeFile(file, kubeconfig(server, caPath, answer.body.status.token, namespace), { mode: 0o600 });
    return file;
  }

  /**
   * What users other than the cluster's own parts have asked of the API server, oldest first. Everything that has
   * been answered is there; a watch is written when it begins and when it ends.
   */
  async auditLog(username?: string): Promise<AuditEvent[]> {
    const lines = (await readFile(this.address.auditLogPath, "utf8")).trim().split("\n");
    const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditEvent);
    return events.filter(({ user }) => username === undefined || user.username === username);
  }

  /** What the namespace's pods seem to use from now on, for its autoscalers. */
  async setLoad(namespace: string, load: Load): Promise<void> {
    const { metricsUrl, caPath } = this.address;
    const options = { method: "PUT", body: load } as const;
    await apiRequest({ server: metricsUrl, caPath }, `/loads/${encodeURIComponent(namespace)}`, options);
  }
}

function fakeNode(name: string, index: number, labels: Readonly<Record<string, string>>) {
  const zone = ZONES[index % ZONES.length];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: FAKE_NODE,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        ...labels,
      },
    },
    status: {
      capacity: { cpu: "64", memory: "256Gi", pods: "250" },
      allocatable: { cpu: "64", memory: "256Gi", pods: "250" },
    },
  };
}
