/** What a Prometheus has scraped every 30 s, in promtool's notation, and which alerts there are then. */
export interface AlertCase {
  readonly alert: string;
  readonly when: string;
  readonly series: Readonly<Record<string, string>>;
  /** How long after the first scrape, such as `10m`. */
  readonly at: string;
  /** Labels of each alert that fires, besides those that all alerts have; none for a harmless neighbour. */
  readonly fires: readonly Readonly<Record<string, string>>[];
  /** A neighbour is silent from then on; from the first scrape when not given. */
  readonly from?: string | undefined;
}

const HERE = 'namespace="messages",routing_service="dumbwaiter"';

/** A metric of one pod of a service; `labels` as in PromQL. */
export function of(service: string, metric: string, labels = "", pod = "1"): string {
  const all = [HERE, `service="${service}",pod="${service}-${pod}"`, labels].filter(Boolean);
  return `dumbwaiter_${metric}{${all.join(",")}}`;
}

const ONCE = [{}];
export const API = [{ service: "api" }];
const NEVER: AlertCase["fires"] = [];

export type Row = readonly [
  when: string,
  at: string,
  series: Readonly<Record<string, string>>,
  fires: AlertCase["fires"],
  from?: AlertCase["from"],
];

function cases(alert: string, ...rows: readonly Row[]): AlertCase[] {
  return rows.map(([when, at, series, fires, from]) => ({ alert, when, at, series, fires, from }));
}

const started = (service: string, pod = "1") => of(service, "process_start_time_seconds", "", pod);
const all = (values: string) => ({
  [started("api")]: values,
  [started("processor")]: values,
  [started("realtime")]: values,
});
const memory = of("api", "process_resident_memory_bytes");
const MIB = 1024 * 1024;
const apiPods = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, pod) => [started("api", `${pod}`), "1x80"]));
const wanted =
  'kube_horizontalpodautoscaler_status_desired_replicas{namespace="messages",horizontalpodautoscaler="dumbwaiter-api"}';

/** @param maxPods of the api @param limitMib its memory limit */
export const processCases = (maxPods: number, limitMib: number): readonly AlertCase[] => [
  ...cases(
    "DumbwaiterAbsent",
    ["one service is gone", "20m", { ...all("1x40"), [started("api")]: "1x10 stale" }, API],
    [
      "its pod is replaced",
      "20m",
      { ...all("1x40"), [started("api")]: "1x10 stale", [started("api", "2")]: "_x12 9x28" },
      NEVER,
    ],
  ),
  ...cases(
    "DumbwaiterMemoryNearLimit",
    ["it stays near", "20m", { [memory]: `${0.95 * limitMib * MIB}x40` }, [{ service: "api", pod: "api-1" }]],
    ["a burst", "20m", { [memory]: `1x20 ${0.95 * limitMib * MIB}x10 1x10` }, NEVER],
  ),
  ...cases(
    "DumbwaiterAtMaxReplicas",
    ["for 40 minutes", "40m", apiPods(maxPods), API],
    ["one fewer", "40m", apiPods(maxPods - 1), NEVER],
    ["its pods are pending", "40m", { ...apiPods(1), [wanted]: `${maxPods}x80` }, API],
    ["a burst", "40m", { ...apiPods(1), [wanted]: `1x30 ${maxPods}x20 1x30` }, NEVER],
  ),
  ...cases(
    "DumbwaiterEventLoopLag",
    [
      "it stays",
      "15m",
      { [of("realtime", "nodejs_eventloop_lag_p99_seconds")]: "0.4x30" },
      [{ service: "realtime", pod: "realtime-1" }],
    ],
    ["a burst", "15m", { [of("realtime", "nodejs_eventloop_lag_p99_seconds")]: "0x10 0.4x10 0x10" }, NEVER],
  ),
];

export { cases, NEVER, ONCE };
