import { ERROR_CODES, type ErrorCode } from "@dumbwaiter/core";
import { counter, histogram } from "@dumbwaiter/service";
import type { Registry } from "prom-client";

export type ApiMetrics = ReturnType<typeof createApiMetrics>;

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

export function createApiMetrics(registry: Registry) {
  const refusals = counter(registry, {
    name: "dumbwaiter_api_refusals_total",
    help: "Failed and refused HTTP requests, by error code",
    labels: { code: CODES },
  });
  return {
    accepted: counter(registry, {
      name: "dumbwaiter_api_messages_accepted_total",
      help: "Messages accepted with 202",
    }),
    sendSeconds: histogram(registry, {
      name: "dumbwaiter_api_send_seconds",
      help: "Time from the headers of a send request to its 202",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    pulled: counter(registry, {
      name: "dumbwaiter_api_messages_pulled_total",
      help: "Messages returned by pulls",
    }),
    acked: counter(registry, {
      name: "dumbwaiter_api_messages_acked_total",
      help: "Message IDs in successful acknowledgements",
    }),
    refused: (code: ErrorCode) => refusals.inc({ code }),
  };
}
