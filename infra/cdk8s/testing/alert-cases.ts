/** What a Prometheus has scraped every 30 s, in promtool's notation, and which alerts there are then. */
export interface AlertCase {
  readonly alert: string;
  readonly when: string;
  readonly series: Readonly<Record<string, string>>;
  /** How long after the first scrape, such as `10m`. */
  readonly at: string;
  /** Labels of each alert that fires, besides those that all alerts have; none for a harmless neighbour. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const HERE = 'namespace="messages",routing_service="dumbwaiter"';

/** A metric of one pod of a service; `labels` as in PromQL. */
export function of(service: string, metric: string, labels = "", pod = "1"): string {
  const all = [HERE, `service="${service}",pod="${service}-${pod}"`, labels].filter(Boolean);
  return `dumbwaiter_${metric}{${all.join(",")}}`;
}

const ONCE = [{}];
const API = [{ service: "api" }];
const NEVER: AlertCase["fires"] = [];

type Row = readonly [
  when: string,
  at: string,
  series: Readonly<Record<string, string>>,
  fires: AlertCase["fires"],
];

function cases(alert: string, ...rows: readonly Row[]): AlertCase[] {
  return rows.map(([when, at, series, fires]) => ({ alert, when, at, series, fires }));
}

const refused = (code: string) => of("api", "api_refusals_total", `code="${code}"`);
const accepted = of("api", "api_messages_accepted_total");
const latency = (le: string) =>
  of("realtime", "realtime_delivery_latency_seconds_bucket", `from="live",le="${le}"`);
const late = of("realtime", "realtime_delivery_latency_seconds_bucket", 'from="backlog",le="+Inf"');
const sent = (from: string) => of("realtime", "realtime_delivery_latency_seconds_count", `from="${from}"`);

const OBJECTIVES = [
  ...cases(
    "DumbwaiterSendErrorsFastBurn",
    ["3 % of requests fail", "2h", { [refused("internal")]: "0+3x240", [accepted]: "0+97x240" }, ONCE],
    ["clients send too much", "2h", { [refused("rate_limited")]: "0+90x240", [accepted]: "0+10x240" }, NEVER],
    [
      "a burst is over",
      "2h",
      { [refused("internal")]: "0x120 0+90x60 5400x60", [accepted]: "0+97x240" },
      NEVER,
    ],
    ["a quiet night has no request", "2h", { [refused("internal")]: "0x240", [accepted]: "50x240" }, NEVER],
    ["a pod restarts", "2h", { [refused("internal")]: "9x120 0x120", [accepted]: "0+9x120 0+9x120" }, NEVER],
  ),
  ...cases(
    "DumbwaiterSendErrorsSlowBurn",
    ["0.8 % fail", "7h", { [refused("unavailable")]: "0+8x840", [accepted]: "0+992x840" }, ONCE],
    ["0.3 % fail", "7h", { [refused("unavailable")]: "0+3x840", [accepted]: "0+997x840" }, NEVER],
  ),
  ...cases(
    "DumbwaiterDeliverySlowFastBurn",
    ["a fifth is late", "2h", { [latency("1.0")]: "0+8x240", [sent("live")]: "0+10x240" }, ONCE],
    [
      "all that comes is read from queues after an outage",
      "2h",
      { [latency("1")]: "0x240", [late]: "0+9x240", [sent("backlog")]: "0+9x240" },
      ONCE,
    ],
    ["a twentieth is late", "2h", { [latency("1")]: "0+95x240", [sent("live")]: "0+100x240" }, NEVER],
    ["nothing is sent", "2h", { [latency("1")]: "9x240", [sent("live")]: "9x240" }, NEVER],
  ),
  ...cases(
    "DumbwaiterDeliverySlowSlowBurn",
    ["8 % are late", "7h", { [latency("1")]: "0+92x840", [sent("live")]: "0+100x840" }, ONCE],
    ["5 % are late", "7h", { [latency("1")]: "0+95x840", [sent("live")]: "0+100x840" }, NEVER],
  ),
];

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
  ...cases(
    "DumbwaiterRestarts",
    [
      "three in half an hour",
      "30m",
      { [started("api")]: "1x10 2x10 3x10 4x30" },
      [{ service: "api", pod: "api-1" }],
    ],
    ["one restart", "30m", { [started("api")]: "1x10 2x50" }, NEVER],
    ["a rollout", "30m", { [started("api")]: "1x10 stale", [started("api", "2")]: "_x11 2x49" }, NEVER],
  ),
];

export const OBJECTIVE_CASES: readonly AlertCase[] = OBJECTIVES;
export { cases, NEVER, ONCE };
