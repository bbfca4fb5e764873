import type { LoggerOptions } from "pino";
import { spanContextOf } from "./span.ts";

const SEVERITIES: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

/**
 * The fields that Google Cloud Logging takes out of a JSON line: `severity`, `message` in place of `msg`, and in place
 * of a `traceparent` those that link the line to its trace. `level`, `service` and the line's own fields remain.
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
        const { traceparent, ...fields } = line;
        const span = spanContextOf(traceparent as string | undefined);
        if (span === undefined) return line;
        return {
          ...fields,
          "logging.googleapis.com/trace": traces + span.traceId,
          "logging.googleapis.com/spanId": span.spanId,
          "logging.googleapis.com/trace_sampled": span.traceFlags === 1,
        };
      },
    },
  };
}
