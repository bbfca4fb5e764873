import { parseAcceptedId, traceIdOf } from "@dumbwaiter/core";
import type { LoggerOptions } from "pino";

const SEVERITIES: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

/**
 * The fields that Google Cloud Logging takes out of a JSON line: `severity`, `message` in place of `msg`, and of a line
 * about a message the one that links it to its trace. `level`, `service` and the line's own fields remain.
 *
 * @param project of the traces; without it a line has the trace's ID alone
 */
export function cloudLogging(
  project: string | undefined,
): Pick<LoggerOptions, "messageKey"> & { readonly formatters: NonNullable<LoggerOptions["formatters"]> } {
  const traces = project === undefined ? "" : `projects/${project}/traces/`;
  return {
    messageKey: "message",
    formatters: {
      level: (label) => ({ severity: SEVERITIES[label] ?? "DEFAULT", level: label }),
      log(line) {
        const traceId = traceIdIn(line);
        return traceId === undefined ? line : { ...line, "logging.googleapis.com/trace": traces + traceId };
      },
    },
  };
}

/** Of the message that a line is about, if it is about one. */
export function traceIdIn(line: { readonly id?: unknown }): string | undefined {
  const { id } = line;
  const messageId = typeof id === "string" ? parseAcceptedId(id) : undefined;
  return messageId && traceIdOf(messageId);
}
