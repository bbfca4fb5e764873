import {
  ADMIN_PORT,
  defineSettings,
  HOST,
  LOGGING,
  list,
  oneOf,
  type ServiceConfig,
  SHUTDOWN_GRACE,
  secondsAsMs,
  text,
  type Variable,
  wholeNumber,
} from "@dumbwaiter/service/settings";
import { isRequirement } from "./watch/label-selector.ts";

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = text(
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  "must consist of lower-case letters, digits, hyphens and dots",
);

/** What the operator watches, and how its replicas agree on the one that writes. */
const VARIABLES = [
  {
    name: "KUBECONFIG",
    group: "kubernetes",
    key: "kubeconfig",
    schema: text(/^[^\0]+$/, "must be a path"),
    description: "Path of a kubeconfig, used instead of the pod's service account",
  },
  {
    name: "WATCH_NAMESPACES",
    group: "kubernetes",
    key: "watchNamespaces",
    schema: list((name) => DNS_LABEL.test(name), "must be a comma-separated list of namespaces"),
    default: "",
    description: "Namespaces to watch for RoutingServices, comma-separated; all namespaces if not set",
  },
  {
    name: "WATCH_SELECTOR",
    group: "kubernetes",
    key: "watchSelector",
    schema: list(isRequirement, "must be a label selector such as team=shop,!canary"),
    default: "",
    description:
      "Label selector of the RoutingServices to manage, such as `team=shop,!canary`; all in the watched namespaces if not set",
  },
  {
    name: "POD_NAME",
    group: "kubernetes",
    key: "podName",
    schema: dnsName,
    description: "Name of the pod, which must be unique among the replicas; random if not set",
  },
  {
    name: "POD_NAMESPACE",
    group: "kubernetes",
    key: "podNamespace",
    schema: text(DNS_LABEL, "must be a namespace"),
    description: "Namespace of the leader lease; that of the pod or the kubeconfig if not set",
  },
  {
    name: "LEADER_ELECTION",
    group: "leaderElection",
    key: "enabled",
    schema: oneOf(["true", "false"]).transform((value) => value === "true"),
    default: "true",
    description: "Enables leader election; only the leader writes. May be `false` for a single replica",
  },
  {
    name: "LEASE_NAME",
    group: "leaderElection",
    key: "leaseName",
    schema: dnsName,
    default: "dumbwaiter-operator",
    description: "Name of the leader lease",
  },
  {
    name: "LEASE_SECONDS",
    group: "leaderElection",
    key: "leaseMs",
    schema: secondsAsMs(3, 300),
    default: "15",
    description:
      "Duration of the leader lease; a leader that cannot renew it stops writing after two thirds of the duration",
  },
  {
    name: "RESYNC_SECONDS",
    group: "reconciliation",
    key: "resyncMs",
    schema: secondsAsMs(1, 86_400),
    default: "600",
    description: "Interval of the periodic reconcile of every RoutingService",
  },
  {
    name: "RECONCILE_CONCURRENCY",
    group: "reconciliation",
    key: "concurrency",
    schema: wholeNumber(1, 64),
    default: "4",
    description: "Maximum number of RoutingServices that are reconciled at the same time",
  },
] as const satisfies readonly Variable[];

/** What the operator reads from its environment. */
export const OPERATOR_SETTINGS = defineSettings("operator", [
  HOST,
  ADMIN_PORT,
  SHUTDOWN_GRACE,
  ...LOGGING,
  ...VARIABLES,
]);

export type OperatorConfig = ServiceConfig<typeof OPERATOR_SETTINGS>;
