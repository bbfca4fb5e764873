import type { MessageId } from "@dumbwaiter/core";
import { SpanKind } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";
import { failedLine, STEP_LINES, type StepName } from "./message-lines.ts";
import type { SpanDescription } from "./span-encoding.ts";
import { isTraced, recordSpan } from "./tracing.ts";

const { PRODUCER, CONSUMER, CLIENT, SERVER } = SpanKind;

/** The span, by OpenTelemetry's conventions for messaging: name and destination, kind, type. */
const STEPS = {
  send: { span: "send ingress", destination: "ingress", kind: PRODUCER, type: "send" },
  process: { span: "process ingress", destination: "ingress", kind: CONSUMER, type: "process" },
  store: { span: "store queue", destination: "queue", kind: CLIENT, type: "send" },
  deliver: { span: "deliver queue", destination: "queue", kind: PRODUCER, type: undefined },
  pull: { span: "pull queue", destination: "queue", kind: SERVER, type: "receive" },
  ack: { span: "ack queue", destination: "queue", kind: SERVER, type: "settle" },
} as const satisfies Record<StepName, object>;

/** The HTTP request that a step was part of; over a socket there is none. */
export interface HttpCall {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

export interface Step {
  /** By `performance.now()`; without it the step took no time. */
  readonly since?: number;
  readonly http?: HttpCall;
  /** Why it failed. */
  readonly error?: string;
  /** Of `deliver`. */
  readonly from?: "live" | "backlog";
  /** For the log alone: spans name no device. */
  readonly log?: object;
}

/** What happens to each message, told in its trace, and in the log at the level `debug`. Never of a sender. */
export class MessageSteps {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether anybody is told of this message. */
  follows(id: MessageId): boolean {
    return this.#isLogged || isTraced(id);
  }

  /** The message has taken a step, or failed to. */
  took(name: StepName, id: MessageId, step: Step = {}): void {
    const { since, http, error: code, from, log } = step;
    if (isTraced(id)) {
      recordSpan(id, {
        // All that `spanOf` reads: two kinds under one key would be told as one.
        key: `${name} ${from} ${code} ${http?.method} ${http?.route} ${http?.status}`,
        describe: () => spanOf(name, step),
        tookMs: since === undefined ? 0 : performance.now() - since,
      });
    }
    if (!this.#isLogged) return;
    this.#logger.debug({ id, code, from, ...log }, code === undefined ? STEP_LINES[name] : failedLine(name));
  }

  get #isLogged(): boolean {
    return this.#logger.isLevelEnabled("debug");
  }
}

function spanOf(name: StepName, { http, error, from }: Step): SpanDescription {
  const { span, kind, type, destination } = STEPS[name];
  return {
    name: span,
    kind,
    attributes: {
      "messaging.system": "dumbwaiter",
      "messaging.operation.name": name,
      "messaging.destination.name": destination,
      ...(type !== undefined && { "messaging.operation.type": type }),
      ...(from !== undefined && { "dumbwaiter.delivery.from": from }),
      ...(http !== undefined && {
        "http.request.method": http.method,
        "http.route": http.route,
        "http.response.status_code": http.status,
      }),
      ...(error !== undefined && { "error.type": error }),
    },
    isRoot: name === "send",
    failed: error !== undefined,
  };
}
