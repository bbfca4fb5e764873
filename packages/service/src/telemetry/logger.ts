import type { Writable } from "node:stream";
import { destination, type LevelWithSilent, type Logger, pino, stdSerializers } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  /** Stands in every line as `service`. */
  readonly service: string;
  readonly level: LevelWithSilent;
  /** For people at a terminal: lines with colours in place of JSON. */
  readonly pretty?: boolean;
  /** Where lines go; standard output when not given. */
  readonly stream?: Writable;
}

/** Nobody is to log these; what does so by mistake, up to two levels deep, shows the censor's mark instead. */
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
 * One JSON object a line, with the time in ISO 8601 and the level by name; `logger.child({…})` binds fields. Of an
 * error only type, code, message and stack are written (its causes' too): other properties may hold a request. A line
 * has left the process when the call returns, so that none is lost in a crash.
 */
export function createLogger({ service, level, pretty: forPeople = false, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
      serializers: { err: errorFields, error: errorFields, cause: errorFields },
    },
    forPeople
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
