import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import type { Launcher } from "../stack/launcher.ts";
import { type ServiceProcess, startService } from "../stack/service-process.ts";

const COMPONENTS = ["api", "processor", "realtime"] as const;

export type ServicesInCluster = Readonly<Record<(typeof COMPONENTS)[number], ServiceProcess>>;

/**
 * Starts one process of each component, as its pods would start now.
 *
 * @param name of the RoutingService
 * @param outside overrides settings of the cluster: where the processes find what is in place of Google
 */
export async function startServicesInCluster(
  client: KubeClient,
  namespace: string,
  name: string,
  outside: Readonly<Record<string, string>>,
  launcher?: Launcher,
): Promise<ServicesInCluster> {
  const started = await Promise.all(
    COMPONENTS.map(async (component) => {
      const settings = await settingsInCluster(client, namespace, `${name}-${component}`);
      return [
        component,
        await startService(component, 1, { ...settings, ...outside }, launcher && { launcher }),
      ] as const;
    }),
  );
  return Object.fromEntries(started) as ServicesInCluster;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
}

interface Container {
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
  }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
}

/** The environment that the kubelet would give the container of a Deployment's pods. */
export async function settingsInCluster(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<Record<string, string>> {
  const read = (apiVersion: string, kind: string, named: string) =>
    client.get({ apiVersion, kind, metadata: { name: named, namespace } });
  const { spec } = (await read("apps/v1", "Deployment", name)) as Deployment;
  const { env = [], envFrom = [] } = spec.template.spec.containers[0];
  const settings: Record<string, string> = {};
  for (const { configMapRef } of envFrom) {
    const { data } = await read("v1", "ConfigMap", configMapRef.name);
    Object.assign(settings, data);
  }
  for (const { name, value = "", valueFrom } of env) {
    const from = valueFrom?.secretKeyRef;
    if (from === undefined) {
      settings[name] = value;
      continue;
    }
    const { data } = await read("v1", "Secret", from.name);
    settings[name] = Buffer.from((data as Record<string, string>)[from.key] ?? "", "base64").toString();
  }
  return settings;
}
