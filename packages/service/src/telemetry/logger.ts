import type { Writable } from "node:stream";
import { destination, type LevelWithSilent, type Logger, pino, stdSerializers } from "pino";
import pretty from "pino-pretty";
import { cloudLogging, traceIdIn } from "./cloud-logging.ts";

export type { Logger } from "pino";

/** `cloudLogging` adds the fields of Google Cloud Logging: see {@link cloudLogging}. */
export type LogFormat = "json" | "cloudLogging";

interface LoggerOptions {
  /** In every line, as `service`. */
  readonly service: string;
  readonly level: LevelWithSilent;
  /** `json` by default. */
  readonly format?: LogFormat;
  /** The Google Cloud project of the traces that lines belong to. */
  readonly project?: string | undefined;
  /** For a terminal: coloured lines in place of JSON. */
  readonly pretty?: boolean;
  /** Standard output by default. */
  readonly stream?: Writable;
}

/** Fields that must never be logged; up to two levels deep their values are replaced with a marker. */
const SECRETS = [
  "authorization",
  "Authorization",
  "auth",
  "body",
  "cookie",
  "encryptedData",
  "encryptedSymmetricKey",
  "envelope",
  "headers",
  "jwt",
  "password",
  "pushToken",
  "sender",
  "signature",
  "sub",
  "token",
];

/**
 * One JSON object per line, with the time in ISO 8601 and the level by name; `logger.child({…})` binds fields. A line with
 * the `id` of a message also names its trace. Only the type, code, message and stack of an error and its
 * causes are written: other properties may hold a request. Lines are written synchronously, so that none is lost in a
 * crash.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { service, level, format, project, pretty: forTerminal = false, stream } = options;
  const forCloud = format === "cloudLogging" && !forTerminal;
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      ...(forCloud
        ? cloudLogging(project)
        : { formatters: { level: (label) => ({ level: label }), log: withTraceId } }),
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
      serializers: { err: errorFields, error: errorFields, cause: errorFields },
    },
    forTerminal
      ? pretty({ destination: stream ?? 1, sync: true, ignore: "pid,hostname,service", colorize: true })
      : (stream ?? destination({ fd: 1, sync: true })),
  );
}

function withTraceId(line: Record<string, unknown>): Record<string, unknown> {
  const traceId = traceIdIn(line);
  return traceId === undefined ? line : { ...line, trace_id: traceId };
}

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const { message, stack } = stdSerializers.err(error);
  return { type: error.name, message, stack, ...(code === undefined ? {} : { code }) };
}
