import { CLOSING_CODES, type Clock, type ClosingCode, ERROR_CODES, type ErrorCode } from "@dumbwaiter/core";
import {
  ANSWER_SECONDS,
  type AnswerMeter,
  counter,
  createAnswerMeter,
  gauge,
  histogram,
  STATUS_CLASSES,
} from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { DisconnectReason } from "socket.io";

export type RealtimeMetrics = ReturnType<typeof createRealtimeMetrics>;

const REQUESTS = ["ack", "pull", "send", "auth", "unknown"] as const;

export type RequestName = (typeof REQUESTS)[number];

const EVENTS = ["handshake", ...REQUESTS] as const;

const PLACES = ["connection", ...EVENTS] as const;

/** How a connection ended that realtime did not close: Socket.IO's reasons. */
const ENDINGS = [
  "client_namespace_disconnect",
  "forced_close",
  "forced_server_close",
  "parse_error",
  "ping_timeout",
  "server_namespace_disconnect",
  "server_shutting_down",
  "transport_close",
  "transport_error",
] as const;

type Ending = (typeof ENDINGS)[number];

type Underscored<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? `${First}_${Underscored<Rest>}`
  : Text;

export function endingOf(reason: DisconnectReason): Ending {
  return reason.replaceAll(" ", "_") as Underscored<DisconnectReason>;
}

export function createRealtimeMetrics(registry: Registry) {
  const refusals = counter(registry, {
    name: "dumbwaiter_realtime_refusals_total",
    help: "Refused handshakes and requests, and connections that broke a limit, by error code",
    labels: { at: PLACES, code: Object.keys(ERROR_CODES) as ErrorCode[] },
  });
  const delivered = counter(registry, {
    name: "dumbwaiter_realtime_messages_delivered_total",
    help: "Messages sent to sockets, by source: backlog or live",
    labels: { from: ["backlog", "live"] },
  });
  const closes = counter(registry, {
    name: "dumbwaiter_realtime_closes_total",
    help: "Closed sockets, by closing code, or by how the connection ended",
    labels: { code: [...(Object.keys(CLOSING_CODES) as ClosingCode[]), ...ENDINGS] },
  });
  const answers = counter(registry, {
    name: "dumbwaiter_realtime_requests_total",
    help: "Answers to handshakes and requests over sockets, by event and class of the status that their error codes have over HTTP. A socket that ends before its answer counts as 4xx",
    labels: { event: EVENTS, status_class: STATUS_CLASSES },
  });
  const answerSeconds = histogram(registry, {
    name: "dumbwaiter_realtime_request_duration_seconds",
    help: "Time from receiving a handshake, over an open WebSocket, or a request over a socket, to its answer, by event and class of the status",
    labels: { event: EVENTS, status_class: STATUS_CLASSES },
    buckets: ANSWER_SECONDS,
  });
  const meterOf = (event: (typeof EVENTS)[number]) =>
    createAnswerMeter((status_class) => ({
      total: answers.labels({ event, status_class }),
      seconds: answerSeconds.labels({ event, status_class }),
    }));
  return {
    answered: Object.fromEntries(EVENTS.map((event) => [event, meterOf(event)])) as Record<
      (typeof EVENTS)[number],
      AnswerMeter
    >,
    sockets: gauge(registry, {
      name: "dumbwaiter_realtime_sockets",
      help: "Open sockets, anonymous ones too",
    }),
    opened: counter(registry, {
      name: "dumbwaiter_realtime_sockets_opened_total",
      help: "Sockets that were admitted",
    }),
    anonymousSockets: gauge(registry, {
      name: "dumbwaiter_realtime_anonymous_sockets",
      help: "Open sockets without a token, which may only send",
    }),
    devices: gauge(registry, { name: "dumbwaiter_realtime_devices", help: "Devices with an open socket" }),
    users: gauge(registry, { name: "dumbwaiter_realtime_users", help: "Users with an open socket" }),
    unacked: gauge(registry, {
      name: "dumbwaiter_realtime_unacked_messages",
      help: "Messages sent to open sockets and not yet acknowledged",
    }),
    acked: counter(registry, {
      name: "dumbwaiter_realtime_messages_acked_total",
      help: "Message IDs in successful acknowledgements",
    }),
    accepted: counter(registry, {
      name: "dumbwaiter_realtime_messages_accepted_total",
      help: "Messages accepted over sockets",
    }),
    pushRequests: counter(registry, {
      name: "dumbwaiter_realtime_push_requests_total",
      help: "Push requests for devices whose socket closed with unacknowledged messages",
    }),
    deliveryLatency: histogram(registry, {
      name: "dumbwaiter_realtime_delivery_latency_seconds",
      help: "Time from accepting a message, or from storing one that is read from its queue, to sending it to a socket that was open then and had room in its window",
      labels: { from: ["backlog", "live"] },
      buckets: [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900,
      ],
    }),
    delivered: (from: "backlog" | "live") => delivered.inc({ from }),
    closed: (code: ClosingCode | Ending) => closes.inc({ code }),
    refused: (at: (typeof PLACES)[number], code: ErrorCode) => refusals.inc({ at, code }),
  };
}

/** Age of the oldest unacknowledged message of any open socket. */
export function watchOldestUnacked(
  registry: Registry,
  sessions: () => Iterable<{ readonly oldestUnackedAt: number | undefined }>,
  clock: Clock,
): void {
  gauge(registry, {
    name: "dumbwaiter_realtime_oldest_unacked_seconds",
    help: "Time since the oldest unacknowledged message was sent to an open socket; 0 if there is none",
    collect() {
      const now = clock.now();
      let oldest = now;
      for (const { oldestUnackedAt } of sessions()) oldest = Math.min(oldest, oldestUnackedAt ?? now);
      this.set((now - oldest) / 1000);
    },
  });
}
