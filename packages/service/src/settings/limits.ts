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
const SENDING = ["api", "realtime", "embedded"] as const;
const SOCKETS = ["realtime", "embedded"] as const;

/**
 * Every limit, written once: the environment variable, the typed setting, the documentation, the field of a
 * RoutingService with its range and default, and the entry in the ConfigMaps of the services that read it.
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
  {
    ...days(1, 365),
    name: "MESSAGE_TTL_DAYS",
    group: "limits",
    key: "messageTtlMs",
    field: ["limits", "messageTtlDays"],
    readBy: ALL,
    default: "30",
    description: "Days after which an unacknowledged message expires",
  },
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
  {
    ...rate(0.001, 1_000_000),
    name: "SEND_RATE_PER_SECOND",
    group: "sendLimits",
    key: "ratePerSecond",
    field: ["limits", "sendRatePerSecond"],
    readBy: SENDING,
    default: "50",
    description: "Maximum average number of messages per second from one sender",
  },
  {
    ...count(1, 1_000_000),
    name: "SEND_BURST",
    group: "sendLimits",
    key: "burst",
    field: ["limits", "sendBurst"],
    readBy: SENDING,
    default: "100",
    description: "Maximum number of messages that one sender may send at once",
  },
  {
    ...size("1KiB", "1024GiB"),
    name: "SENDER_BYTES_PER_HOUR",
    group: "sendLimits",
    key: "senderBytesPerHour",
    field: ["limits", "senderBytesPerHour"],
    readBy: SENDING,
    default: "64MiB",
    description: "Maximum number of bytes per hour from one sender",
  },
  {
    ...size("1KiB", "1024GiB"),
    name: "RECIPIENT_BYTES_PER_HOUR",
    group: "sendLimits",
    key: "recipientBytesPerHour",
    field: ["limits", "recipientBytesPerHour"],
    readBy: SENDING,
    default: "1GiB",
    description: "Maximum number of bytes per hour to one recipient",
  },
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
