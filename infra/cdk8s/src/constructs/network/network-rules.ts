import { k8s } from "cdk8s-plus-27";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { ADMIN_PORT, HTTP_PORT } from "../workload/container-config.ts";

export interface PeersAndPorts {
  readonly peers: k8s.NetworkPolicyPeer[];
  readonly ports: k8s.NetworkPolicyPort[];
}

/** NodeLocal DNSCache, and Cloud DNS for GKE; other clusters serve DNS from `kube-system`. */
const LINK_LOCAL_DNS = ["169.254.20.10/32", "169.254.169.254/32"];

/** GKE's metadata server, which issues tokens to pods: without and with Dataplane V2. */
const METADATA_SERVER: readonly PeersAndPorts[] = [
  { peers: networks(["169.254.169.254/32"]), ports: [tcp(80)] },
  { peers: networks(["169.254.169.252/32", "127.0.0.1/32"]), ports: [tcp(988)] },
];

function dns(): PeersAndPorts {
  const port = k8s.IntOrString.fromNumber(53);
  return {
    peers: [...namespaces(["kube-system"]), ...networks(LINK_LOCAL_DNS)],
    ports: [
      { port, protocol: "UDP" },
      { port, protocol: "TCP" },
    ],
  };
}

/** What a component may call: DNS, Redis, Google's APIs or their emulators, and the token issuer. */
export function egressOf({ spec }: RoutingServiceProps): PeersAndPorts[] {
  const { redis, httpsCidrs, extraEgress } = spec.network;
  return [
    dns(),
    {
      peers: redis.podLabels ? [pods(redis.podLabels)] : networks(redis.cidrs),
      ports: redis.ports.map(({ port, endPort }) => ({ ...tcp(port), ...(endPort ? { endPort } : {}) })),
    },
    ...(spec.google.emulators ? [] : METADATA_SERVER),
    { peers: networks(httpsCidrs), ports: [tcp(443)] },
    ...extraEgress.map(({ cidrs, podLabels, port }) => ({
      peers: [...networks(cidrs ?? []), ...(podLabels ? [pods(podLabels)] : [])],
      ports: [tcp(port)],
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

export function pods(matchLabels: Readonly<Record<string, string>>): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels } };
}

export function namespaces(names: readonly string[]): k8s.NetworkPolicyPeer[] {
  return names.map((name) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  }));
}

function networks(cidrs: readonly string[]): k8s.NetworkPolicyPeer[] {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}
