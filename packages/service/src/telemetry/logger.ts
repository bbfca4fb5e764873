import type { Writable } from "node:stream";
import { destination, type LevelWithSilent, type Logger, pino, stdSerializers } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

interface LoggerOptions {
  /** In every line, as `service`. */
  readonly service: string;
  readonly level: LevelWithSilent;
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
 * One JSON object per line, with the time in ISO 8601 and the level by name; `logger.child({…})` binds fields. Only the
 * type, code, message and stack of an error and its causes are written: other properties may hold a request. Lines are
 * written synchronously, so that none is lost in a crash.
 */
export function createLogger({ service, level, pretty: forTerminal = false, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
      serializers: { err: errorFields, error: errorFields, cause: errorFields },
    },
    forTerminal
      ? pretty({ destination: stream ?? 1, sync: true, ignore: "pid,hostname,service", colorize: true })
      : (stream ?? destination({ fd: 1, sync: true })),
  );
}

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const { message, stack } = stdSerializers.err(error);
  return { type: error.name, message, stack, ...(code === undefined ? {} : { code }) };
}
