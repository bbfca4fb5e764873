import type { SpecRule } from "./spec-rule.ts";

interface Destination {
  readonly cidrs?: readonly string[] | undefined;
  readonly podLabels?: object | undefined;
  readonly namespaceLabels?: object | undefined;
}

/** A network policy's rule without a peer, and a peer without a selector, match everything. */
export const NETWORK_RULES: readonly SpecRule[] = [
  {
    message: "network.redis requires cidrs, podLabels or namespaceLabels",
    cel: "size(self.network.redis.cidrs) > 0 || has(self.network.redis.podLabels) || has(self.network.redis.namespaceLabels)",
    holds: ({ network: { redis } }) =>
      redis.cidrs.length > 0 || redis.podLabels !== undefined || redis.namespaceLabels !== undefined,
  },
  {
    message: "network.dns requires namespaces or cidrs",
    cel: "size(self.network.dns.namespaces) + size(self.network.dns.cidrs) > 0",
    holds: ({ network: { dns } }) => dns.namespaces.length + dns.cidrs.length > 0,
  },
  {
    message: "network.collector requires cidrs, podLabels or namespaceLabels",
    cel: `!has(self.network.collector) || ${celIsLimited("self.network.collector")}`,
    holds: ({ network: { collector } }) => collector === undefined || isLimited(collector),
  },
  {
    message: "each item of network.extraEgress requires cidrs, podLabels or namespaceLabels",
    cel: `self.network.extraEgress.all(to, ${celIsLimited("to")})`,
    holds: ({ network }) => network.extraEgress.every(isLimited),
  },
  {
    message: "each item of network.redis.ports: endPort must be greater than or equal to port",
    cel: "self.network.redis.ports.all(each, !has(each.endPort) || each.endPort >= each.port)",
    holds: ({ network }) => network.redis.ports.every(({ port, endPort = port }) => endPort >= port),
  },
];

function isLimited({ cidrs, podLabels, namespaceLabels }: Destination): boolean {
  return cidrs !== undefined || podLabels !== undefined || namespaceLabels !== undefined;
}

/** {@link isLimited} in CEL. */
function celIsLimited(destination: string): string {
  const fields = ["cidrs", "podLabels", "namespaceLabels"];
  return `(${fields.map((field) => `has(${destination}.${field})`).join(" || ")})`;
}
