import { isIP } from "node:net";
import type { RoutingServiceSpec } from "../../spec/routing-service-props.ts";

type Labels = Readonly<Record<string, string>>;

/** Networks, and pods: in the same namespace unless `namespaceLabels` is given. */
export interface Destination {
  readonly cidrs?: readonly string[] | undefined;
  readonly podLabels?: Labels | undefined;
  readonly namespaceLabels?: Labels | undefined;
}

type Collector = Destination & { readonly port: number };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Where the trace collector is: as the spec says, or else where its endpoint leads to. A policy cannot select a Service,
 * so it is any pod of the Service's namespace, on the Service's port.
 *
 * @returns none if there is no collector, it is in the pod, or its name is one of the internet's
 */
export function collectorOf({ observability, network }: RoutingServiceSpec): Collector[] {
  const url = URL.parse(observability.otlpEndpoint ?? "");
  if (url === null) return [];
  if (network.collector !== undefined) return [network.collector];
  const to = destinationOf(url.hostname);
  return to === undefined ? [] : [{ ...to, port: Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 0) }];
}

function destinationOf(host: string): Destination | undefined {
  const address = host.replace(/^\[(.*)\]$/, "$1");
  if (address === "localhost" || address === "::1" || /^127\./.test(address)) return undefined;
  const version = isIP(address);
  if (version !== 0) return { cidrs: [`${address}/${version === 4 ? 32 : 128}`] };
  const [, service = "", isQualified] = /^(.*?)(\.svc(?:\..*)?)?\.?$/.exec(address) ?? [];
  const labels = service.split(".");
  const namespace = labels.at(-1);
  if (labels.length === 1 && isQualified === undefined) return { podLabels: {} };
  // A Service's name and namespace, or those of a pod of it.
  if (labels.length === 2 || isQualified !== undefined)
    return { namespaceLabels: { "kubernetes.io/metadata.name": namespace ?? "" } };
  return undefined;
}
