import { k8s } from "cdk8s-plus-27";
import type { RoutingServiceProps, RoutingServiceSpec } from "../../spec/routing-service-props.ts";
import { ADMIN_PORT, HTTP_PORT } from "../workload/container-config.ts";
import { collectorOf, type Destination } from "./collector.ts";

export interface PeersAndPorts {
  readonly peers: k8s.NetworkPolicyPeer[];
  readonly ports: k8s.NetworkPolicyPort[];
}

/**
 * GKE's metadata server, which issues tokens to pods. With Dataplane V2, a policy sees the first address and port 80 or
 * 8080; without, the second one and port 987 or 988.
 */
const METADATA_SERVER: PeersAndPorts = {
  peers: networks(["169.254.169.254/32", "169.254.169.252/32"]),
  ports: [80, 8080, 987, 988].map(tcp),
};

/** Without and with VPC Service Controls. */
const GOOGLE_APIS = {
  private: ["199.36.153.8/30", "2600:2d00:2:2000::/56"],
  restricted: ["199.36.153.4/30", "2600:2d00:2:1000::/56"],
} as const;

function dns({ network }: RoutingServiceSpec): PeersAndPorts {
  const { namespaces: names, cidrs, ports } = network.dns;
  return {
    peers: [...namespaces(names), ...networks(cidrs)],
    ports: ports.flatMap((number) => [udp(number), tcp(number)]),
  };
}

function redis({ network }: RoutingServiceSpec): PeersAndPorts {
  const { cidrs, podLabels, namespaceLabels, ports } = network.redis;
  const isInCluster = podLabels !== undefined || namespaceLabels !== undefined;
  return {
    peers: destination(isInCluster ? { podLabels, namespaceLabels } : { cidrs }),
    ports: ports.map(({ port, endPort }) => ({ ...tcp(port), ...(endPort ? { endPort } : {}) })),
  };
}

/** What a component may call: DNS, Redis, Google's APIs or their emulators, the token issuer, the trace collector. */
export function egressOf({ spec }: RoutingServiceProps): PeersAndPorts[] {
  const { googleApis, httpsCidrs, extraEgress } = spec.network;
  const https = googleApis === "public" ? httpsCidrs : GOOGLE_APIS[googleApis];
  return [
    dns(spec),
    redis(spec),
    ...(spec.google.emulators ? [] : [METADATA_SERVER]),
    { peers: networks(https), ports: [tcp(443)] },
    ...collectorOf(spec).map(({ port, ...to }) => ({ peers: destination(to), ports: [tcp(port)] })),
    ...extraEgress.map(({ port, protocol, ...to }) => ({
      peers: destination(to),
      ports: [protocol === "UDP" ? udp(port) : tcp(port)],
    })),
  ];
}

/** What may call a component: the metrics scraper and, for one that serves clients, load balancers. */
export function ingressOf({ spec }: RoutingServiceProps, isServing: boolean): PeersAndPorts[] {
  const { fromCidrs, fromNamespaces, metricsNamespaces } = spec.network;
  const balancer = networks(fromCidrs);
  const clients = [...balancer, ...namespaces(fromNamespaces)];
  const scraping: PeersAndPorts = {
    peers: [...namespaces(metricsNamespaces), ...(isServing && spec.route.kind !== "none" ? balancer : [])],
    ports: [tcp(ADMIN_PORT)],
  };
  const serving: PeersAndPorts = { peers: clients, ports: [tcp(HTTP_PORT)] };
  return [...(isServing ? [serving] : []), scraping].filter(({ peers }) => peers.length > 0);
}

export function tcp(port: number): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol: "TCP" };
}

function udp(port: number): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol: "UDP" };
}

export function pods(matchLabels: Readonly<Record<string, string>>): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels } };
}

export function namespaces(names: readonly string[]): k8s.NetworkPolicyPeer[] {
  return names.map((name) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  }));
}

function destination({ cidrs = [], podLabels, namespaceLabels }: Destination): k8s.NetworkPolicyPeer[] {
  // A peer without a selector would be everything.
  if (podLabels === undefined && namespaceLabels === undefined) return networks(cidrs);
  const peer = {
    ...(namespaceLabels ? { namespaceSelector: selector(namespaceLabels) } : {}),
    ...(podLabels ? { podSelector: selector(podLabels) } : {}),
  };
  return [...networks(cidrs), peer];
}

function selector(matchLabels: Readonly<Record<string, string>>): k8s.LabelSelector {
  return Object.keys(matchLabels).length > 0 ? { matchLabels } : {};
}

function networks(cidrs: readonly string[]): k8s.NetworkPolicyPeer[] {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}
