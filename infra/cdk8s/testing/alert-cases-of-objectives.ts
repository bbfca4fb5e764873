import { type AlertCase, API, cases, NEVER, of, type Row } from "./alert-cases.ts";

interface Observed {
  readonly alert: string;
  readonly service: "api" | "realtime";
  /** The series of what went wrong, and of what went well. */
  readonly bad: string;
  readonly good: string;
}

const http = (method: string, route: string) => (statusClass: string) =>
  of(
    "api",
    "http_server_requests_total",
    `http_request_method="${method}",http_route="${route}",status_class="${statusClass}"`,
  );
const event = (name: string) => (statusClass: string) =>
  of("realtime", "realtime_requests_total", `event="${name}",status_class="${statusClass}"`);

const OBSERVED: readonly Observed[] = (
  [
    ["DumbwaiterSendErrors", "api", http("POST", "/api/send")],
    ["DumbwaiterSendErrors", "realtime", event("send")],
    ["DumbwaiterPullErrors", "api", http("GET", "/api/messages")],
    ["DumbwaiterPullErrors", "realtime", event("pull")],
    ["DumbwaiterAckErrors", "api", http("POST", "/api/messages/ack")],
    ["DumbwaiterAckErrors", "realtime", event("ack")],
    ["DumbwaiterHandshakeErrors", "realtime", event("handshake")],
  ] as const
).map(([alert, service, answers]) => ({ alert, service, bad: answers("5xx"), good: answers("2xx") }));

const ANSWERS = OBSERVED.flatMap(({ alert, service, bad, good }, index) => {
  const fires = [{ service }];
  return [
    ...cases(
      `${alert}FastBurn`,
      [`3 % fail at ${service}`, "2h", { [bad]: "0+3x240", [good]: "0+97x240" }, fires],
      ["they begin to fail", "5m", { [bad]: "0+3x10", [good]: "0+97x10" }, NEVER],
      ["a burst is over", "2h", { [bad]: "0x120 0+90x60 5400x60", [good]: "0+97x240" }, NEVER, "1h36m"],
      // One kind stands for all: what they are computed with is the same.
      ...(index > 0 ? [] : neighboursOf(bad, good)),
    ),
    ...cases(
      `${alert}SlowBurn`,
      [`0.8 % fail at ${service}`, "7h", { [bad]: "0+8x840", [good]: "0+992x840" }, fires],
      ["they begin to fail", "3m30s", { [bad]: "0+8x10", [good]: "0+992x10" }, NEVER],
      ["0.3 % fail", "7h", { [bad]: "0+3x840", [good]: "0+997x840" }, NEVER],
    ),
  ];
});

function neighboursOf(bad: string, good: string): readonly Row[] {
  const refused = good.replace("2xx", "4xx");
  return [
    ["all fail for five minutes", "1h8m", { [bad]: "0x120 0+9x20", [good]: "0+9x120" }, API],
    ["clients are refused", "2h", { [bad]: "0x240", [refused]: "0+90x240", [good]: "0+10x240" }, NEVER],
    ["a quiet night has no request", "2h", { [bad]: "0x240", [good]: "50x240" }, NEVER],
    ["a quiet night, and nine of ten fail", "50m", { [bad]: "0x90 9x30", [good]: "0x90 1x30" }, NEVER],
    ["its pod restarts", "2h", { [bad]: "9x120 0x120", [good]: "0+9x120 0+9x120" }, NEVER],
  ];
}

const latency = (le: string) =>
  of("realtime", "realtime_delivery_latency_seconds_bucket", `from="live",le="${le}"`);
const late = of("realtime", "realtime_delivery_latency_seconds_bucket", 'from="backlog",le="+Inf"');
const lateBucket = of("realtime", "realtime_delivery_latency_seconds_bucket", 'from="backlog",le="1"');
const sent = (from: string) => of("realtime", "realtime_delivery_latency_seconds_count", `from="${from}"`);
const REALTIME = [{ service: "realtime" }];

const DELIVERIES = [
  ...cases(
    "DumbwaiterDeliverySlowFastBurn",
    ["a fifth is late", "2h", { [latency("1.0")]: "0+8x240", [sent("live")]: "0+10x240" }, REALTIME],
    [
      "all that comes is read from queues after an outage",
      "2h",
      { [lateBucket]: "0x240", [late]: "0+9x240", [sent("backlog")]: "0+9x240" },
      REALTIME,
    ],
    ["they begin to be late", "6m", { [latency("1")]: "0+8x12", [sent("live")]: "0+10x12" }, NEVER],
    ["a twentieth is late", "2h", { [latency("1")]: "0+95x240", [sent("live")]: "0+100x240" }, NEVER],
    ["nothing is sent", "2h", { [latency("1")]: "9x240", [sent("live")]: "9x240" }, NEVER],
    ["a few are late at night", "50m", { [latency("1")]: "0x120", [sent("live")]: "0x90 5x30" }, NEVER],
  ),
  ...cases(
    "DumbwaiterDeliverySlowSlowBurn",
    ["8 % are late", "7h", { [latency("1")]: "0+92x840", [sent("live")]: "0+100x840" }, REALTIME],
    ["they begin to be late", "3m30s", { [latency("1")]: "0+92x10", [sent("live")]: "0+100x10" }, NEVER],
    ["5 % are late", "7h", { [latency("1")]: "0+95x840", [sent("live")]: "0+100x840" }, NEVER],
  ),
];

export const OBJECTIVE_CASES: readonly AlertCase[] = [...ANSWERS, ...DELIVERIES];
