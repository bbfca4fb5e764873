import { type AlertCase, cases, NEVER, ONCE, of } from "./alert-cases.ts";

const up = (pod = "1") => of("api", "dependency_up", 'dependency="redis"', pod);
const REDIS = [{ service: "api", dependency: "redis" }];
const fault = of("processor", "google_setup_faults_total", 'dependency="pubsub",code="NOT_FOUND"');
const missing = of("api", "ingress_subscription_missing");
const unlimited = of("api", "limits_unavailable_total");

const DEPENDENCIES = [
  ...cases(
    "DumbwaiterDependencyDown",
    ["no pod reaches it", "5m", { [up()]: "0x10", [up("2")]: "0x10" }, REDIS],
    ["one of two does", "5m", { [up()]: "0x10", [up("2")]: "1x10" }, NEVER],
    ["20 seconds", "5m", { [up()]: "1x5 0x1 1x5" }, NEVER],
  ),
  ...cases(
    "DumbwaiterDependencyFlaky",
    ["it fails for one pod", "40m", { [up()]: "0x80", [up("2")]: "1x80" }, REDIS],
    ["one minute", "40m", { [up()]: "1x60 0x2 1x20" }, NEVER],
    ["two minutes", "40m", { [up()]: "1x20 0x3 1x60" }, NEVER],
  ),
  ...cases(
    "DumbwaiterGoogleSetupFault",
    [
      "it refuses",
      "10m",
      { [fault]: "0+1x20" },
      [{ service: "processor", dependency: "pubsub", code: "NOT_FOUND" }],
    ],
    ["it has refused for a minute", "6m30s", { [fault]: "0x10 0+1x20" }, NEVER],
    ["it refused before a restart", "10m", { [fault]: "7x10 0x10" }, NEVER],
  ),
  ...cases(
    "DumbwaiterIngressLost",
    ["the api knows", "1m", { [missing]: "0x1 1x9" }, [{ service: "api" }]],
    ["it is there again", "5m", { [missing]: "1x5 0x5" }, NEVER, "3m"],
  ),
  ...cases(
    "DumbwaiterLimitsUnavailable",
    ["Redis is away", "20m", { [unlimited]: "0+5x40" }, [{ service: "api" }]],
    ["a burst", "20m", { [unlimited]: "0x10 0+5x4 20x26" }, NEVER],
  ),
];

const notShared = (values: string) => ({ [of("realtime", "limits_shared")]: values });

const LIMITS = cases(
  "DumbwaiterLimitsNotShared",
  ["it never gets the key", "15m", notShared("0x30"), [{ service: "realtime", pod: "realtime-1" }]],
  ["it gets the key after a minute", "15m", notShared("0x2 1x28"), NEVER],
  ["it restarts", "15m", notShared("1x20 0x1 1x9"), NEVER],
);

const outage = of("processor", "processor_outage", 'stage="store"');
const held = of("processor", "processor_oldest_held_seconds");
const age = of("processor", "processor_oldest_age_seconds");
const waited = (le: string) => of("processor", "processor_ingress_age_seconds_bucket", `le="${le}"`);
const letters = (pod = "1") =>
  of("processor", "processor_messages_dead_lettered_total", 'code="invalid_envelope"', pod);
const refusedBatch = of("processor", "processor_records_given_back_total", 'reason="batch_refused"');
const stopped = of("processor", "processor_records_given_back_total", 'reason="shutdown"');
const LETTER = [{ code: "invalid_envelope" }];

const PROCESSOR = [
  ...cases(
    "DumbwaiterProcessingHeldUp",
    ["for 5 minutes", "5m", { [outage]: "1x10" }, [{ stage: "store" }]],
    ["20 seconds", "5m", { [outage]: "0x5 1x1 0x4" }, NEVER],
  ),
  ...cases(
    "DumbwaiterProcessorStuck",
    ["it holds one", "10m", { [held]: "0+30x20", [outage]: "0x20" }, [{ pod: "processor-1" }]],
    ["it waits for a dependency", "10m", { [held]: "0+30x20", [outage]: "1x20" }, NEVER],
    ["it takes four minutes", "10m", { [held]: "0+30x8 0x20", [outage]: "0x20" }, NEVER],
    ["a backlog drains", "10m", { [held]: "2x20", [age]: "600x20", [outage]: "0x20" }, NEVER],
  ),
  ...cases(
    "DumbwaiterIngressBacklog",
    [
      "a minute each",
      "20m",
      { [waited("30")]: "0x40", [waited("60")]: "0+9x40", [waited("+Inf")]: "0+9x40" },
      ONCE,
    ],
    [
      "seconds each",
      "20m",
      { [waited("5")]: "0+9x40", [waited("30")]: "0+9x40", [waited("+Inf")]: "0+9x40" },
      NEVER,
    ],
    [
      "a burst",
      "20m",
      { [waited("30")]: "0x6 0+9x34", [waited("60")]: "0+9x40", [waited("+Inf")]: "0+9x40" },
      NEVER,
    ],
    ["nothing to do", "20m", { [waited("30")]: "0x40", [waited("+Inf")]: "0x40" }, NEVER],
  ),
  ...cases(
    "DumbwaiterDeadLetters",
    ["the first one", "10m30s", { [letters()]: "0x20 1x20" }, LETTER],
    [
      "one before the first scrape of a pod",
      "15m",
      { [letters()]: "0x30", [letters("2")]: "_x20 1x10" },
      LETTER,
    ],
    // To a Prometheus that has just started, all letters are new.
    ["one of yesterday", "40m", { [letters()]: "1x80" }, NEVER, "15m"],
    ["a restart", "40m", { [letters()]: "5x60 0x20" }, NEVER, "15m"],
    ["a rollout", "40m", { [letters()]: "5x60 stale", [letters("2")]: "_x61 0x19" }, NEVER, "15m"],
  ),
  ...cases(
    "DumbwaiterBatchRefused",
    ["the first one", "10m30s", { [refusedBatch]: "0x20 2x20" }, ONCE],
    ["a shutdown gives records back", "10m30s", { [refusedBatch]: "0x40", [stopped]: "0x20 9x20" }, NEVER],
  ),
];

const accepted = of("api", "api_messages_accepted_total");
const acceptedOnSockets = of("realtime", "realtime_messages_accepted_total");
const received = of("processor", "processor_ingress_age_seconds_count");
const toNodes = of("processor", "processor_messages_delivered_total");
const toSockets = of("realtime", "realtime_messages_delivered_total", 'from="live"');

const SILENCE = [
  ...cases(
    "DumbwaiterNothingProcessed",
    ["its subscription is foreign", "20m", { [accepted]: "0+5x40", [received]: "0x40" }, ONCE],
    ["no processor is left", "20m", { [acceptedOnSockets]: "0+5x40" }, ONCE],
    ["it starts late", "20m", { [accepted]: "0+5x40", [received]: "0x8 45+5x31" }, NEVER],
    ["it is slow", "20m", { [accepted]: "0+5x40", [received]: "0+2x40" }, NEVER],
    ["a quiet night", "20m", { [accepted]: "0x10 1x30", [received]: "0x40" }, NEVER],
    ["an outage", "20m", { [accepted]: "0+5x40", [received]: "0x40", [outage]: "1x40" }, NEVER],
  ),
  ...cases(
    "DumbwaiterIngressGrowing",
    ["they are too slow for half an hour", "1h", { [accepted]: "0+10x120", [received]: "0+7x120" }, ONCE],
    [
      "a burst of five minutes",
      "40m",
      { [accepted]: "0x20 0+1000x10 10000+10x50", [received]: "0x20 0+300x60" },
      NEVER,
    ],
    ["they keep up", "1h", { [accepted]: "0+10x120", [received]: "0+9x120" }, NEVER],
    ["pods restart", "1h", { [accepted]: "0+9x60 0+9x60", [received]: "0+9x60 0+9x60" }, NEVER],
    ["a quiet night", "1h", { [accepted]: "0x20 1x100", [received]: "0x120" }, NEVER],
  ),
  ...cases(
    "DumbwaiterNothingDelivered",
    ["nodes send nothing", "20m", { [toNodes]: "0+5x40", [toSockets]: "0x40" }, ONCE],
    ["all are offline", "20m", { [toNodes]: "0x40", [toSockets]: "0x40" }, NEVER],
    ["they send it late", "20m", { [toNodes]: "0+5x40", [toSockets]: "0x8 45+5x31" }, NEVER],
    ["they send it", "20m", { [toNodes]: "0+5x40", [toSockets]: "0+5x40" }, NEVER],
  ),
];

const opened = of("realtime", "realtime_sockets_opened_total");
const refused = (code: string) => of("realtime", "realtime_refusals_total", `at="handshake",code="${code}"`);

const HANDSHAKES = [
  ...cases(
    "DumbwaiterHandshakesUnauthenticated",
    ["the issuer is another one", "20m", { [refused("unauthenticated")]: "0+2x40", [opened]: "7x40" }, ONCE],
    [
      "a client retries, and nobody else comes",
      "14m",
      { [refused("unauthenticated")]: "0x10 0+6x2 12x27", [opened]: "7x40" },
      ONCE,
    ],
    [
      "nine are refused, and nobody else comes",
      "20m",
      { [refused("unauthenticated")]: "0x10 0+1x9 9x20", [opened]: "7x40" },
      NEVER,
    ],
    [
      "a client with an old token",
      "20m",
      { [refused("unauthenticated")]: "0+2x40", [opened]: "0+8x40" },
      NEVER,
    ],
    [
      "keys are late, and all come back",
      "20m",
      { [refused("unauthenticated")]: "0x10 0+10x2 20x27", [opened]: "7x12 7+20x27" },
      NEVER,
    ],
    ["pods of the version before", "20m", { [refused("unauthenticated")]: "0+2x40" }, NEVER],
  ),
];

export const MESSAGE_CASES: readonly AlertCase[] = [
  ...DEPENDENCIES,
  ...LIMITS,
  ...PROCESSOR,
  ...SILENCE,
  ...HANDSHAKES,
];
