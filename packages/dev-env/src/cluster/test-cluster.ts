import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uniqueName } from "../servers/unique-name.ts";
import { helmPath } from "../tools/helm.ts";
import { type CommandOptions, type CommandResult, runCommand } from "../tools/run-command.ts";
import { type ApiAnswer, type ApiRequest, apiRequest } from "./api-request.ts";
import type { ClusterAddress } from "./cluster-address.ts";
import { kubeconfig } from "./cluster-folder.ts";
import { fakeNode } from "./fake-node.ts";
import type { Load } from "./metrics-stub.ts";

const POLL_MS = 200;
const RESTRICTED = Object.fromEntries(
  ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

interface KubectlResult extends CommandResult {
  /** The API server's warnings, without `Warning: `. */
  readonly warnings: readonly string[];
}

interface KubectlOptions extends CommandOptions {
  /** The administrator's by default. */
  readonly kubeconfigPath?: string;
}

/** The fields of an audit log line that tests read. */
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

/** An object as the API server returns it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface Autoscaler extends KubernetesObject {
  readonly spec: { readonly scaleTargetRef: { readonly name: string }; readonly minReplicas: number };
}

interface CustomResourceDefinition extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Deployment extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: Readonly<
    Partial<Record<"observedGeneration" | "replicas" | "updatedReplicas" | "availableReplicas", number>>
  >;
}

/** A cluster as tests use it, their own or the shared one. */
export class TestCluster {
  readonly address: ClusterAddress;

  constructor(address: ClusterAddress) {
    this.address = address;
  }

  get server(): string {
    return this.address.server;
  }

  /** The administrator's. */
  get kubeconfigPath(): string {
    return this.address.kubeconfigPath;
  }

  /** The environment in which commands find this cluster and kubectl, and write nothing to the user's home. */
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

  /** One request to the API server. Resolves for an answer of any status. */
  async request(path: string, options?: ApiRequest): Promise<ApiAnswer> {
    return await apiRequest(this.address, path, options);
  }

  /**
   * Server-side apply.
   *
   * @param what raw objects, or a file's path
   * @throws CommandError, also if the API server warns
   */
  async apply(what: readonly object[] | string, args: readonly string[] = []): Promise<KubectlResult> {
    const flags = ["apply", "--server-side", "--warnings-as-errors", "--field-manager=tests", ...args];
    if (typeof what === "string") return await this.kubectl([...flags, "-f", what]);
    // One document each: for a List, kubectl would fetch the schema of the whole API to validate it.
    const stdin = what.map((object) => JSON.stringify(object)).join("\n");
    return await this.kubectl([...flags, "-f", "-"], { stdin });
  }

  /** @param resource as kubectl names it; separate several by commas */
  async objects<T extends KubernetesObject>(resource: string, namespace: string): Promise<T[]> {
    const { stdout } = await this.kubectl(["get", resource, "-n", namespace, "-o", "json"]);
    return (JSON.parse(stdout) as { items: T[] }).items;
  }

  /** A namespace that enforces the restricted Pod Security Standard, with its default ServiceAccount. */
  async namespace(name = uniqueName()): Promise<string> {
    await this.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: RESTRICTED } }]);
    await this.untilServiceAccount(name);
    return name;
  }

  /** Begins to delete a namespace with all that is in it: the pods of finished tests would fill the nodes. */
  async removeNamespace(name: string): Promise<void> {
    await this.request(`/api/v1/namespaces/${name}`, { method: "DELETE" });
  }

  /** Pods are refused until it exists. */
  async untilServiceAccount(namespace: string): Promise<void> {
    await this.until(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, () => true);
  }

  /**
   * Polls an object or a list.
   *
   * @returns the first that exists and meets the condition
   * @throws at the timeout, with the last answer
   */
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind
  async until(path: string, wanted: (body: any) => boolean, timeoutMs = 120_000): Promise<any> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { status, body } = await this.request(path);
      if (status === 200 && wanted(body)) return body;
      if (Date.now() > deadline)
        throw new Error(
          `${path} does not meet the condition: ${JSON.stringify(body, withoutManagedFields, 1)}`,
        );
      await sleep(POLL_MS);
    }
  }

  /** Resolves once the API server serves these CRDs. `kubectl wait` fails for one that has no conditions yet. */
  async untilEstablished(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { spec }: CustomResourceDefinition = await this.until(
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
        ({ status }: CustomResourceDefinition) =>
          status?.conditions?.some((each) => each.type === "Established" && each.status === "True") === true,
      );
      // Discovery follows a moment later, and clients remember for a while that it lacked a kind.
      for (const version of spec.versions.filter(({ served }) => served)) {
        await this.until(
          `/apis/${spec.group}/${version.name}`,
          ({ resources }: { resources: readonly { kind: string }[] }) =>
            resources.some(({ kind }) => kind === spec.names.kind),
        );
      }
    }
  }

  /** Resolves once all Deployments of a namespace are rolled out, and autoscalers have their minimum of pods. */
  async untilAvailable(namespace: string): Promise<void> {
    const scalers = await this.objects<Autoscaler>("horizontalpodautoscalers", namespace);
    const fewest = new Map(scalers.map(({ spec }) => [spec.scaleTargetRef.name, spec.minReplicas]));
    await this.until(
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      ({ items }: { items: Deployment[] }) =>
        items.length > 0 &&
        items.every(({ metadata, spec, status }) => {
          const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
          const isSeen = status.observedGeneration === metadata.generation;
          const isEnough = spec.replicas >= (fewest.get(metadata.name) ?? 0);
          return isSeen && isEnough && counts.every((count = 0) => count === spec.replicas);
        }),
    );
  }

  /** Adds ready nodes whose pods kwok simulates, spread over three zones. Returns their names. */
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
    if (answer.status !== 201) throw new Error(`no token for ${namespace}/${name}: ${answer.body.message}`);
    const { server, caPath, folder } = this.address;
    const file = join(folder, `${uniqueName(name)}.kubeconfig`);
    await writeFile(file, kubeconfig(server, caPath, answer.body.status.token, namespace), { mode: 0o600 });
    return file;
  }

  /**
   * Requests of users other than the cluster's own components, oldest first. Contains every request that was answered;
   * a watch is written when it begins and when it ends.
   */
  async auditLog(username?: string): Promise<AuditEvent[]> {
    const lines = (await readFile(this.address.auditLogPath, "utf8")).trim().split("\n");
    const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditEvent);
    return events.filter(({ user }) => username === undefined || user.username === username);
  }

  /** Sets what the autoscalers of the namespace see. */
  async setLoad(namespace: string, load: Load): Promise<void> {
    const { metricsUrl, caPath } = this.address;
    const options = { method: "PUT", body: load } as const;
    await apiRequest({ server: metricsUrl, caPath }, `/loads/${encodeURIComponent(namespace)}`, options);
  }
}

function withoutManagedFields(key: string, value: unknown): unknown {
  return key === "managedFields" ? undefined : value;
}
