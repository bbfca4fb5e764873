import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import type { Terminal } from "./terminal.ts";

/** The options that kubectl has too. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export interface Cluster {
  readonly client: KubeClient;
  readonly namespace: string;
}

/** Calls `use` with the cluster that kubectl would talk to, and closes the connection afterwards. */
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

/** The namespace that kubectl would use. Sends nothing. */
export function namespaceOf({ namespace, ...options }: ClusterOptions): string {
  return namespace ?? connectKubernetes(options).namespace;
}
