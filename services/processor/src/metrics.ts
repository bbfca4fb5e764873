import { type Clock, DEAD_LETTER_CODES } from "@dumbwaiter/core";
import { counter, gauge, histogram } from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { InFlight } from "./intake/in-flight.ts";

export type ProcessorMetrics = ReturnType<typeof createProcessorMetrics>;

/** Where the processor may wait for an unavailable dependency. */
const STAGES = ["lookup", "store", "delivery_bus", "push", "dead_letters"] as const;

export type Stage = (typeof STAGES)[number];

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createProcessorMetrics(registry: Registry, inFlight: InFlight) {
  gauge(registry, {
    name: "dumbwaiter_processor_oldest_held_seconds",
    help: "For how long the processor has held the record that it has held longest; 0 if it holds none",
    collect() {
      this.set(inFlight.oldestHeldMs() / 1000);
    },
  });
  gauge(registry, {
    name: "dumbwaiter_processor_oldest_age_seconds",
    help: "Time since publishing of the oldest record that the processor holds; 0 if it holds none",
    collect() {
      this.set(inFlight.oldestAgeMs() / 1000);
    },
  });
  return {
    stored: counter(registry, {
      name: "dumbwaiter_processor_messages_stored_total",
      help: "Messages stored durably; redeliveries count again",
    }),
    delivered: counter(registry, {
      name: "dumbwaiter_processor_messages_delivered_total",
      help: "Messages delivered to connected devices, counted per device",
    }),
    pushRequests: counter(registry, {
      name: "dumbwaiter_processor_push_requests_total",
      help: "Devices that were due for a push request, by outcome: requested, throttled or failed",
      labels: { outcome: ["requested", "throttled", "failed"] },
    }),
    deadLettered: counter(registry, {
      name: "dumbwaiter_processor_messages_dead_lettered_total",
      help: "Records published to the dead-letter topic, by code",
      labels: { code: DEAD_LETTER_CODES },
    }),
    ephemeralExpired: counter(registry, {
      name: "dumbwaiter_processor_ephemeral_messages_expired_total",
      help: "Ephemeral messages dropped because they expired",
    }),
    nacked: counter(registry, {
      name: "dumbwaiter_processor_records_given_back_total",
      help: "Records given back to the ingress (nacked), by reason: batch_refused, dead_letter_failed, unexpected_error or shutdown",
      labels: { reason: ["batch_refused", "dead_letter_failed", "unexpected_error", "shutdown"] },
    }),
    devicesSwept: counter(registry, {
      name: "dumbwaiter_processor_devices_swept_total",
      help: "Devices removed because they were not seen within their time to live",
    }),
    outage: gauge(registry, {
      name: "dumbwaiter_processor_outage",
      help: "1 while the dependency of a stage is unavailable: lookup, store, delivery_bus, push or dead_letters",
      labels: { stage: STAGES },
    }),
    ingressAge: histogram(registry, {
      name: "dumbwaiter_processor_ingress_age_seconds",
      help: "Time from publishing a record to receiving it",
      buckets: [...SECONDS, 300, 3600, 86_400],
    }),
    storeSeconds: histogram(registry, {
      name: "dumbwaiter_processor_store_commit_seconds",
      help: "Time to store one batch of messages",
      buckets: SECONDS,
    }),
    batchMessages: histogram(registry, {
      name: "dumbwaiter_processor_batch_messages",
      help: "Records per batch",
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    }),
  };
}

export function ageSeconds(since: number, clock: Clock): number {
  return Math.max(0, clock.now() - since) / 1000;
}
