import { type KubeClient, type KubeObject, Reflector } from "@dumbwaiter/kubernetes";
import type { Target } from "../stack/round-robin.ts";

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** The ready endpoints of a Service by its EndpointSlices, which kube-proxy and load balancers use too. */
export class ReadyEndpoints {
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #reflector: Reflector;

  private constructor(client: KubeClient, namespace: string, service: string) {
    const uid = ({ metadata }: KubeObject) => metadata.uid as string;
    this.#reflector = new Reflector({
      client,
      kind: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
      namespace,
      labelSelector: `kubernetes.io/service-name=${service}`,
      handler: {
        changed: (slice) => void this.#slices.set(uid(slice), slice as EndpointSlice),
        deleted: (slice) => void this.#slices.delete(uid(slice)),
        listed: () => {},
      },
    });
  }

  static async watch(client: KubeClient, namespace: string, service: string): Promise<ReadyEndpoints> {
    const endpoints = new ReadyEndpoints(client, namespace, service);
    endpoints.#reflector.start();
    await endpoints.#reflector.untilSynced();
    return endpoints;
  }

  targets(): Target[] {
    return [...this.#slices.values()].flatMap(({ endpoints = [], ports = [] }) =>
      endpoints
        .filter(({ conditions }) => conditions.ready)
        .flatMap(({ addresses }) => addresses.flatMap((host) => ports.map(({ port }) => ({ host, port })))),
    );
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}
