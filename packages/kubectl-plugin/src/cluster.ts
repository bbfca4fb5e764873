import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import type { Terminal } from "./terminal.ts";

/** As kubectl has them. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export interface Cluster {
  readonly client: KubeClient;
  readonly namespace: string;
}

/** Does something with the cluster that kubectl would talk to. The connection ends with it. */
export async function withCluster<T>(
  { namespace, ...options }: ClusterOptions,
  terminal: Terminal,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const connected = connectKubernetes({ ...options, onWarning: (warning) => terminal.warn(warning) });
  try {
    return await use({ client: connected.client, namespace: namespace ?? connected.namespace });
  } finally {
    await connected.client.close();
  }
}

/** The namespace that kubectl would use. Nothing is sent. */
export function namespaceOf({ namespace, ...options }: ClusterOptions): string {
  return namespace ?? connectKubernetes(options).namespace;
}
