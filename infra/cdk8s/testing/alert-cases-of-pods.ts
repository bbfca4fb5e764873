import { type AlertCase, API, cases, NEVER, of } from "./alert-cases.ts";

const POD = "dumbwaiter-api-7d9f8c5b4-abcde";
/** Like that of a pod whose routing service has a name of 40 characters. */
const CUT = "dumbwaiter-processor-7d9f8c5abcde";

const up = (pod = POD) =>
  `up{namespace="messages",routing_service="dumbwaiter",service="dumbwaiter-metrics",pod="${pod}"}`;
const restarts = (pod = POD) =>
  `kube_pod_container_status_restarts_total{namespace="messages",pod="${pod}",container="api"}`;
const started = (pod = "1") => of("api", "process_start_time_seconds", "", pod);
const deployment = (metric: string) =>
  `kube_deployment_${metric}{namespace="messages",deployment="dumbwaiter-api"}`;

const DOWN = [{ service: "api", pod: POD }];

export const POD_CASES: readonly AlertCase[] = [
  ...cases(
    "DumbwaiterPodDown",
    [
      "it does not answer",
      "20m",
      { [up()]: "1x10 0x30", [up("dumbwaiter-api-7d9f8c5b4-other")]: "1x40" },
      DOWN,
    ],
    ["it dies again before it is scraped", "20m", { [up()]: "0x40" }, DOWN],
    [
      "it lives for half a minute in two",
      "20m",
      { [up()]: "1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 1" },
      DOWN,
    ],
    ["one restart", "20m", { [up()]: "1x20 0x2 1x20" }, NEVER],
    [
      "a rollout",
      "20m",
      { [up()]: "1x20 0x1 stale", [up("dumbwaiter-api-5f6c7b8d9-fghij")]: "_x20 0x1 1x20" },
      NEVER,
    ],
    ["it is deleted", "20m", { [up()]: "1x10 0x10 stale" }, NEVER],
  ),
  ...cases(
    "DumbwaiterRestarts",
    [
      "three in half an hour",
      "30m",
      { [started()]: "1x10 2x10 3x10 4x30" },
      [{ service: "api", pod: "api-1" }],
    ],
    ["before it can be scraped", "30m", { [restarts()]: "0x20 1x10 2x10 3x10 4x10" }, DOWN],
    [
      "its name is cut",
      "30m",
      { [restarts(CUT)]: "0x20 1x10 2x10 3x10 4x10" },
      [{ service: "processor", pod: CUT }],
    ],
    ["one restart", "30m", { [started()]: "1x10 2x50", [restarts()]: "0x10 1x50" }, NEVER],
    ["of another installation", "30m", { [restarts("dumbwaiter-api-api-7d9f8c5b4-abcde")]: "0+1x60" }, NEVER],
    [
      "of another installation, its name cut",
      "30m",
      { [restarts("dumbwaiter-api-processor-7d9f8c5abcde")]: "0+1x60" },
      NEVER,
    ],
    ["a rollout", "30m", { [started()]: "1x10 stale", [started("2")]: "_x11 2x49" }, NEVER],
  ),
  ...cases(
    "DumbwaiterPodsMissing",
    [
      "one is pending",
      "20m",
      { [deployment("spec_replicas")]: "3x40", [deployment("status_replicas_available")]: "2x40" },
      API,
    ],
    [
      "a rollout",
      "20m",
      { [deployment("spec_replicas")]: "3x40", [deployment("status_replicas_available")]: "3x10 2x10 3x20" },
      NEVER,
    ],
    ["there is no kube-state-metrics", "20m", { [started()]: "1x40" }, NEVER],
  ),
];
