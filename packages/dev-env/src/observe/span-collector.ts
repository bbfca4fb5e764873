import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { LOOPBACK } from "../servers/server.ts";

export interface SpanCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** All that was exported so far: OTLP in Protobuf. */
  exported(): Buffer;
  /** Of the spans that hold the text, such as a message's ID: each one's texts, without their random ids. */
  spansWith(text: string): string[][];
  close(): Promise<void>;
}

/** Takes what services export to an OpenTelemetry collector. */
export async function startSpanCollector(): Promise<SpanCollector> {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(await buffer(request));
    response.setHeader("Content-Type", "application/x-protobuf").end();
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    exported: () => Buffer.concat(bodies),
    spansWith: (text) => bodies.flatMap(spansIn).filter((texts) => texts.includes(text)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** ExportTraceServiceRequest: resource_spans = 1, scope_spans = 2, spans = 2. */
function spansIn(body: Buffer): string[][] {
  return fields(body, 1)
    .flatMap((resourceSpans) => fields(resourceSpans, 2))
    .flatMap((scopeSpans) => fields(scopeSpans, 2))
    .map(textsOf);
}

/** Span: name = 5, attributes = 9 of key = 1 and value = 2, whose string_value = 1. */
function textsOf(span: Buffer): string[] {
  const attributes = fields(span, 9).flatMap((attribute) => [
    ...fields(attribute, 1),
    ...fields(attribute, 2).flatMap((value) => fields(value, 1)),
  ]);
  return [...fields(span, 5), ...attributes].map(String);
}

/** The length-delimited fields with this number in a message of Protobuf. */
function fields(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const length = varint();
      if (tag >> 3 === wanted) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}
