import { type KubeClient, type KubeObject, Reflector } from "@dumbwaiter/kubernetes";

/** The replicas that the Deployment of a component asks for, from when the watch began. */
export interface WatchedReplicas {
  readonly seen: readonly number[];
  now(): number | undefined;
  /** The field managers that own the number. */
  managers(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function watchReplicas(
  client: KubeClient,
  { metadata: { name, namespace = "" } }: KubeObject,
  component: string,
): Promise<WatchedReplicas> {
  const seen: number[] = [];
  const labels = { "app.kubernetes.io/instance": name, "app.kubernetes.io/component": component };
  const watch = new Reflector({
    client,
    kind: { apiVersion: "apps/v1", kind: "Deployment" },
    namespace,
    labelSelector: Object.entries(labels)
      .map((label) => label.join("="))
      .join(),
    handler: {
      changed: ({ spec }) => void seen.push((spec as { replicas: number }).replicas),
      deleted() {},
      listed() {},
    },
  });
  watch.start();
  await watch.untilSynced();
  const metadata = { name: `${name}-${component}`, namespace };
  return {
    seen,
    now: () => seen.at(-1),
    async managers() {
      const { metadata: live } = await client.get({ apiVersion: "apps/v1", kind: "Deployment", metadata });
      return (live.managedFields ?? [])
        .filter(({ fieldsV1 }) => fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined)
        .map(({ manager }) => manager);
    },
    stop: () => watch.stop(),
  };
}
