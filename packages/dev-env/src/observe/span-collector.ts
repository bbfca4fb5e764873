import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { LOOPBACK } from "../servers/server.ts";
import { buffersIn, fieldsOf, numberIn } from "./protobuf.ts";

type Attributes = Readonly<Record<string, string | number>>;

export interface ExportedSpan {
  readonly name: string;
  /** By OTLP's numbers: 2 is SERVER, 3 CLIENT, 4 PRODUCER, 5 CONSUMER. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
  readonly seconds: number;
  /** Of the process that exported it. */
  readonly resource: Attributes;
}

export interface SpanCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** All that was exported so far: OTLP in Protobuf. */
  exported(): Buffer;
  /** The same, span by span. */
  spans(): ExportedSpan[];
  /** Those of a message. */
  spansOf(messageId: string): ExportedSpan[];
  close(): Promise<void>;
}

/** Takes what services export to an OpenTelemetry collector. */
export async function startSpanCollector(port = 0): Promise<SpanCollector> {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    if (request.url !== "/v1/traces") return void response.writeHead(404).end();
    bodies.push(await buffer(request));
    response.setHeader("Content-Type", "application/x-protobuf").end();
  });
  server.listen(port, LOOPBACK);
  await once(server, "listening");
  const spans = () => bodies.flatMap(spansIn);
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    exported: () => Buffer.concat(bodies),
    spans,
    spansOf: (id) => spans().filter(({ attributes }) => attributes["messaging.message.id"] === id),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** ExportTraceServiceRequest: resource_spans = 1 of resource = 1 and scope_spans = 2, spans = 2. */
function spansIn(body: Buffer): ExportedSpan[] {
  return buffersIn(body, 1).flatMap((resourceSpans) => {
    const resource = Object.assign({}, ...buffersIn(resourceSpans, 1).map((each) => attributesOf(each, 1)));
    return buffersIn(resourceSpans, 2)
      .flatMap((scopeSpans) => buffersIn(scopeSpans, 2))
      .map((span) => ({ ...spanOf(span), resource }));
  });
}

/**
 * Span: trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, kind = 6, start_time_unix_nano = 7,
 * end_time_unix_nano = 8, attributes = 9, status = 15 of code = 3, where 2 is an error.
 */
function spanOf(span: Buffer): Omit<ExportedSpan, "resource"> {
  const [traceId, spanId, parentSpanId] = [1, 2, 4].map((number) =>
    (buffersIn(span, number)[0] ?? Buffer.alloc(0)).toString("hex"),
  ) as [string, string, string];
  return {
    name: String(buffersIn(span, 5)[0]),
    kind: numberIn(span, 6),
    ...{ traceId, spanId, parentSpanId },
    attributes: attributesOf(span, 9),
    hasFailed: buffersIn(span, 15).some((status) => numberIn(status, 3) === 2),
    seconds: (numberIn(span, 8) - numberIn(span, 7)) / 1e9,
  };
}

/** KeyValue: key = 1, value = 2 of string_value = 1 or int_value = 3. */
function attributesOf(message: Buffer, number: number): Attributes {
  return Object.fromEntries(
    buffersIn(message, number).map((attribute) => {
      const [value] = fieldsOf(buffersIn(attribute, 2)[0] ?? Buffer.alloc(0));
      const text = typeof value?.value === "number" ? value.value : String(value?.value);
      return [String(buffersIn(attribute, 1)[0]), text];
    }),
  );
}
