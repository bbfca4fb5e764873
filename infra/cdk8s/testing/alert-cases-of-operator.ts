import { type AlertCase, cases, NEVER, ONCE } from "./alert-cases.ts";

/** Of the operator's own installation. */
export const OPERATOR_HERE = 'namespace="dumbwaiter-system",job="dumbwaiter-operator"';

const of = (metric: string, labels = "", pod = "1") =>
  `dumbwaiter_${metric}{${[OPERATOR_HERE, `pod="operator-${pod}"`, labels].filter(Boolean).join(",")}}`;

const started = (pod = "1") => of("process_start_time_seconds", "", pod);
const leader = (pod = "1") => of("operator_leader", "", pod);
const failed = of("operator_reconciles_total", 'result="error"');
const reconciled = of("operator_reconciles_total", 'result="success"');
const depth = (pod = "1") => of("operator_queue_depth", "", pod);

export const OPERATOR_CASES: readonly AlertCase[] = [
  ...cases(
    "DumbwaiterOperatorDown",
    ["it is gone", "20m", { [started()]: "1x10 stale" }, [{ job: "dumbwaiter-operator" }]],
    ["it is replaced", "20m", { [started()]: "1x10 stale", [started("2")]: "_x12 2x28" }, NEVER],
  ),
  ...cases(
    "DumbwaiterOperatorLeaderless",
    ["nobody leads", "10m", { [leader()]: "0x20", [leader("2")]: "0x20" }, ONCE],
    [
      "another one leads after a minute",
      "10m",
      { [leader()]: "1x8 0x12", [leader("2")]: "0x10 1x10" },
      NEVER,
    ],
  ),
  ...cases(
    "DumbwaiterOperatorRestarts",
    ["three in half an hour", "30m", { [started()]: "1x10 2x10 3x10 4x30" }, [{ pod: "operator-1" }]],
    ["one", "30m", { [started()]: "1x10 2x50" }, NEVER],
  ),
  ...cases(
    "DumbwaiterOperatorReconcileErrors",
    ["again and again", "40m", { [failed]: "0+1x80" }, ONCE],
    ["once", "40m", { [failed]: "0x40 1x40" }, NEVER],
  ),
  ...cases(
    "DumbwaiterOperatorQueueStuck",
    [
      "none is reconciled",
      "20m",
      { [depth()]: "3x40", [leader()]: "1x40", [reconciled]: "7x40" },
      [{ pod: "operator-1" }],
    ],
    ["many are", "20m", { [depth()]: "3x40", [leader()]: "1x40", [reconciled]: "0+5x40" }, NEVER],
    [
      "the others wait on a pod that does not lead",
      "20m",
      { [depth("2")]: "3x40", [leader("2")]: "0x40" },
      NEVER,
    ],
  ),
];
