import { KubeConfig } from "@kubernetes/client-node";
import { KubeClient } from "./kube-client.ts";
import type { TransportHooks } from "./transport.ts";

export interface ConnectOptions extends TransportHooks {
  /** Path of a kubeconfig; by default `KUBECONFIG`, `~/.kube/config`, or the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig file (default: its current context). */
  readonly context?: string | undefined;
}

/**
 * The cluster that kubectl would talk to, and the namespace that it would use. Sends nothing yet.
 *
 * @throws if the kubeconfig cannot be read or has no such context
 */
export function connectKubernetes({ kubeconfig, context, ...hooks }: ConnectOptions = {}): {
  readonly client: KubeClient;
  readonly namespace: string;
} {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new Error(`The kubeconfig has no context named ${context}`);
    config.setCurrentContext(context);
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
  return { client: new KubeClient(config, hooks), namespace };
}
