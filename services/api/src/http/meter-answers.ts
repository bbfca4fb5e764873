import type { IncomingMessage } from "node:http";
import {
  ANSWER_SECONDS,
  type AnswerMeter,
  CLIENT_GONE,
  counter,
  createAnswerMeter,
  histogram,
  receivedAt,
  STATUS_CLASSES,
} from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { Answer } from "./problem.ts";

const OTHER = "_OTHER";

const METHODS = ["GET", "POST", "PUT", "DELETE", OTHER] as const;

type Method = (typeof METHODS)[number];

const METHODS_OF = {
  "/api/send": ["POST"],
  "/api/messages": ["GET"],
  "/api/messages/ack": ["POST"],
  "/api/devices": ["GET"],
  "/api/devices/:deviceId": ["PUT", "DELETE"],
  "/api/user": ["DELETE"],
  "/api/user/access-key": ["GET", "PUT", "DELETE"],
  [OTHER]: [OTHER],
} as const satisfies Record<string, readonly Method[]>;

type Route = keyof typeof METHODS_OF;

const ROUTES = Object.keys(METHODS_OF) as Route[];

interface Call {
  readonly http_request_method: Method;
  readonly http_route: Route;
}

const CALLS = ROUTES.flatMap((http_route) =>
  METHODS_OF[http_route].map((http_request_method): Call => ({ http_request_method, http_route })),
);

/** @returns a function that counts and times the answer to one request, once it has been sent or given up */
export function meterAnswers(registry: Registry) {
  const only = (labels: Call) =>
    CALLS.some(
      ({ http_request_method, http_route }) =>
        http_request_method === labels.http_request_method && http_route === labels.http_route,
    );
  const total = counter(registry, {
    name: "dumbwaiter_http_server_requests_total",
    help: "Answers to HTTP requests, by method, route and class of the status. HEAD counts as GET, and what is no call of the API as _OTHER. An answer that its client does not take to the end counts as 4xx, one that is cut off for want of memory as 5xx",
    labels: { http_request_method: METHODS, http_route: ROUTES, status_class: STATUS_CLASSES },
    only,
  });
  const seconds = histogram(registry, {
    name: "dumbwaiter_http_server_request_duration_seconds",
    help: "Time from the headers of an HTTP request to the end of its answer, by method, route and class of the status",
    labels: { http_request_method: METHODS, http_route: ROUTES, status_class: STATUS_CLASSES },
    only,
    buckets: ANSWER_SECONDS,
  });
  const meters = new Map<string, AnswerMeter>(
    CALLS.map((call) => [
      keyOf(call.http_request_method, call.http_route),
      createAnswerMeter((status_class) => ({
        total: total.labels({ ...call, status_class }),
        seconds: seconds.labels({ ...call, status_class }),
      })),
    ]),
  );
  const ofOthers = meters.get(keyOf(OTHER, OTHER)) as AnswerMeter;

  /** @param routeOf the path of the route that has served it */
  return (request: IncomingMessage, response: Answer, routeOf: () => string | undefined): void => {
    const startedAt = receivedAt(request);
    response.once("close", () => {
      const method = request.method === "HEAD" ? "GET" : request.method;
      const meter = meters.get(keyOf(method, routeOf())) ?? ofOthers;
      meter(statusOf(response), startedAt);
    });
  };
}

function keyOf(method: string | undefined, route: string | undefined): string {
  return `${method} ${route}`;
}

/** An answer that has begun well may still fail, and Node tells of one that is cut off that it has finished. */
function statusOf({ locals, writableFinished, req, statusCode }: Answer): number {
  return locals.failedWith ?? (writableFinished && !req.socket.destroyed ? statusCode : CLIENT_GONE);
}
