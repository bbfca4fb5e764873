import { z } from "zod";
import { byteSize, daysAsMs, decimal, SIZE_FIELD, wholeNumber } from "./parsers.ts";
import type { SizeRange, SpecVariable } from "./variable.ts";

/** One of the programs that limits apply to. */
type LimitedService = "api" | "processor" | "realtime" | "embedded";

/** A limit: a variable, and the field of `spec.limits` that sets it. */
interface Limit extends SpecVariable {
  readonly field: readonly ["limits", string];
  readonly default: string;
  readonly readBy: readonly LimitedService[];
}

const ALL = ["api", "processor", "realtime", "embedded"] as const;
const CALLED = ["api", "realtime", "embedded"] as const;
const SOCKETS = ["realtime", "embedded"] as const;

export const MESSAGE_TTL = {
  ...days(1, 365),
  name: "MESSAGE_TTL_DAYS",
  group: "limits",
  key: "messageTtlMs",
  field: ["limits", "messageTtlDays"],
  readBy: ALL,
  default: "30",
  description: "Days after which an unacknowledged message expires",
} as const satisfies Limit;

/**
 * Every limit that can be set, written once: the environment variable, the typed setting, the documentation, the field
 * of a RoutingService with its range and default, and the entry in the ConfigMaps of the services that read it. The
 * fixed ones are in core's `fixed-limits.ts`.
 */
export const LIMITS = [
  {
    ...size("1KiB", "900KiB"),
    name: "MAX_ENVELOPE_BYTES",
    group: "limits",
    key: "maxEnvelopeBytes",
    field: ["limits", "maxEnvelopeBytes"],
    readBy: ALL,
    default: "256KiB",
    description: "Maximum envelope size; must be the same for every service",
  },
  {
    ...count(1, 10_000),
    name: "MAX_UNACKED",
    group: "limits",
    key: "maxUnacked",
    field: ["limits", "maxUnacked"],
    readBy: SOCKETS,
    default: "256",
    description: "Maximum number of unacknowledged messages per socket",
  },
  {
    ...size("64KiB", "64MiB"),
    name: "MAX_BUFFERED_BYTES",
    group: "limits",
    key: "maxBufferedBytes",
    field: ["limits", "maxBufferedBytes"],
    readBy: SOCKETS,
    default: "1MiB",
    description: "Maximum number of buffered bytes per socket",
  },
  {
    ...count(1, 100),
    name: "MAX_DEVICES",
    group: "limits",
    key: "maxDevices",
    field: ["limits", "maxDevices"],
    readBy: ALL,
    default: "10",
    description: "Maximum number of devices per user",
  },
  MESSAGE_TTL,
  {
    ...days(2, 3650),
    name: "DEVICE_TTL_DAYS",
    group: "limits",
    key: "deviceTtlMs",
    field: ["limits", "deviceTtlDays"],
    readBy: ALL,
    default: "45",
    description: "Days of inactivity after which a device is removed",
  },
  ...bucket("SEND", "send", "50", "100", "messages", "from one sender"),
  {
    ...size("1KiB", "1024GiB"),
    name: "SENDER_BYTES_PER_HOUR",
    group: "limits",
    key: "senderBytesPerHour",
    field: ["limits", "senderBytesPerHour"],
    readBy: CALLED,
    default: "64MiB",
    description: "Maximum number of bytes per hour from one sender",
  },
  {
    ...size("1KiB", "1024GiB"),
    name: "RECIPIENT_BYTES_PER_HOUR",
    group: "limits",
    key: "recipientBytesPerHour",
    field: ["limits", "recipientBytesPerHour"],
    readBy: CALLED,
    default: "1GiB",
    description: "Maximum number of bytes per hour to one recipient",
  },
  ...bucket("RECIPIENT", "recipient", "400", "2000", "messages", "to one recipient"),
  {
    ...count(1, 1_000_000_000),
    name: "MAX_QUEUE_MESSAGES",
    group: "limits",
    key: "maxQueueMessages",
    field: ["limits", "maxQueueMessages"],
    readBy: CALLED,
    default: "100000",
    description: "Maximum number of messages queued for one recipient (estimated)",
  },
  {
    ...size("1MiB", "1024GiB"),
    name: "MAX_QUEUE_BYTES",
    group: "limits",
    key: "maxQueueBytes",
    field: ["limits", "maxQueueBytes"],
    readBy: CALLED,
    default: "4GiB",
    description: "Maximum number of bytes queued for one recipient (estimated)",
  },
  ...bucket("PULL", "pull", "50", "2000", "pulls", "by one user"),
  ...bucket("ACK", "ack", "4000", "100000", "messages acknowledged", "by one user"),
  ...bucket("DEVICE", "device", "10", "200", "calls", "by one user that register, list or remove devices"),
  ...bucket("HANDSHAKE", "handshake", "10", "400", "handshakes and token renewals", "by one user"),
  ...unstored([
    ...bucket("NETWORK_SEND", "networkSend", "100", "400", "anonymous messages", "from one network"),
    {
      ...size("1KiB", "1024GiB"),
      name: "NETWORK_BYTES_PER_HOUR",
      group: "limits",
      key: "networkBytesPerHour",
      field: ["limits", "networkBytesPerHour"],
      readBy: CALLED,
      default: "256MiB",
      description: "Maximum number of bytes per hour of anonymous messages from one network",
    },
    ...bucket(
      "NETWORK_HANDSHAKE",
      "networkHandshake",
      "50",
      "1000",
      "anonymous handshakes",
      "from one network",
    ),
    ...bucket("REFUSED_KEY", "refusedKey", "0.1", "20", "refused access keys", "from one network"),
  ]),
] as const satisfies readonly Limit[];

type KnownLimit = (typeof LIMITS)[number];

type ReadBy<Service extends LimitedService, L = KnownLimit> = L extends KnownLimit
  ? Service extends L["readBy"][number]
    ? L
    : never
  : never;

/** The limits that a service reads. */
export function limitsOf<Service extends LimitedService>(service: Service) {
  return LIMITS.filter((limit): limit is ReadBy<Service> => {
    const readBy: readonly string[] = limit.readBy;
    return readBy.includes(service);
  });
}

/** A token bucket: what may be done on average, and at once. */
function bucket<const Name extends string, const Key extends string>(
  name: Name,
  key: Key,
  ratePerSecond: string,
  burst: string,
  what: string,
  whose: string,
) {
  return [
    {
      ...rate(0.001, 1_000_000),
      name: `${name}_RATE_PER_SECOND`,
      group: "limits",
      key: `${key}RatePerSecond`,
      field: ["limits", `${key}RatePerSecond`],
      readBy: CALLED,
      default: ratePerSecond,
      description: `Maximum average number of ${what} per second ${whose}`,
    },
    {
      ...count(1, 1_000_000),
      name: `${name}_BURST`,
      group: "limits",
      key: `${key}Burst`,
      field: ["limits", `${key}Burst`],
      readBy: CALLED,
      default: burst,
      description: `Maximum number of ${what} at once ${whose}`,
    },
  ] as const;
}

/** Pods of an earlier version need not be replaced for a limit that they do not know: see `fieldDefault`. */
function unstored<const Limits extends readonly Limit[]>(limits: Limits) {
  return limits.map((limit) => ({ ...limit, fieldDefault: limit.default })) as unknown as {
    readonly [Index in keyof Limits]: Limits[Index] & { readonly fieldDefault: string };
  };
}

function size<const Range extends SizeRange>(...sizeRange: Range) {
  const fieldSchema = z.string().max(19).regex(SIZE_FIELD, "must be a size such as 262144 or 256KiB");
  return { schema: byteSize(...(sizeRange as SizeRange)), fieldSchema, sizeRange };
}

function count(min: number, max: number) {
  return { schema: wholeNumber(min, max), fieldSchema: z.int().min(min).max(max) };
}

function days(min: number, max: number) {
  return { schema: daysAsMs(min, max), fieldSchema: z.int().min(min).max(max) };
}

function rate(min: number, max: number) {
  return { schema: decimal(min, max), fieldSchema: z.number().min(min).max(max) };
}
