import { list, oneOf, secondsAsMs, text, wholeNumber } from "./parsers.ts";
import type { Variable } from "./variable.ts";

const OPERATOR = ["operator"] as const;

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = text(
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  "must be a name of lower-case letters, digits, hyphens and dots",
);

/** What the operator watches, and how its replicas agree on the one that writes. */
export const OPERATOR_VARIABLES = [
  {
    name: "KUBECONFIG",
    group: "kubernetes",
    key: "kubeconfig",
    services: OPERATOR,
    schema: text(/^[^\0]+$/, "must be a path"),
    description: "Kubeconfig in place of the pod's service account",
  },
  {
    name: "WATCH_NAMESPACES",
    group: "kubernetes",
    key: "watchNamespaces",
    services: OPERATOR,
    schema: list((name) => DNS_LABEL.test(name), "must be a comma-separated list of namespaces"),
    default: "",
    description: "Namespaces whose RoutingServices are looked after, comma-separated; all when not set",
  },
  {
    name: "POD_NAME",
    group: "kubernetes",
    key: "podName",
    services: OPERATOR,
    schema: dnsName,
    description: "Name of the pod, told from those of other replicas; a random one when not set",
  },
  {
    name: "POD_NAMESPACE",
    group: "kubernetes",
    key: "podNamespace",
    services: OPERATOR,
    schema: text(DNS_LABEL, "must be a namespace"),
    description: "Namespace of the pod, where the lease is; the kubeconfig's or the pod's own when not set",
  },
  {
    name: "LEADER_ELECTION",
    group: "leaderElection",
    key: "enabled",
    services: OPERATOR,
    schema: oneOf(["true", "false"]).transform((value) => value === "true"),
    default: "true",
    description: "Whether replicas agree by a lease on the one that writes; `false` for a single one",
  },
  {
    name: "LEASE_NAME",
    group: "leaderElection",
    key: "leaseName",
    services: OPERATOR,
    schema: dnsName,
    default: "dumbwaiter-operator",
    description: "Name of that lease",
  },
  {
    name: "LEASE_SECONDS",
    group: "leaderElection",
    key: "leaseMs",
    services: OPERATOR,
    schema: secondsAsMs(3, 300),
    default: "15",
    description: "How long a silent leader keeps the lease; it stops writing itself after two thirds of it",
  },
  {
    name: "RESYNC_SECONDS",
    group: "reconciliation",
    key: "resyncMs",
    services: OPERATOR,
    schema: secondsAsMs(1, 86_400),
    default: "600",
    description: "How often every RoutingService is looked at though nothing has changed",
  },
  {
    name: "RECONCILE_CONCURRENCY",
    group: "reconciliation",
    key: "concurrency",
    services: OPERATOR,
    schema: wholeNumber(1, 64),
    default: "4",
    description: "RoutingServices that are worked on at the same time",
  },
] as const satisfies readonly Variable[];
