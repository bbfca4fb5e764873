import type { MessageId } from "@dumbwaiter/core";
import { TraceFlags } from "@opentelemetry/api";
import { OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from "@opentelemetry/otlp-exporter-base/node-http";
import { ProtobufTraceSerializer, TraceExporterMetricsHelper } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import type { OutageLog } from "./outage-log.ts";
import { encodeRequest, type SpanDescription, type SpanSource, SpanTemplate } from "./span-encoding.ts";
import { tellingOfOutages } from "./telling-exporter.ts";

/** A span that cannot be exported in this time is dropped. */
const EXPORT_TIMEOUT_MS = 2000;

/** A span that has ended. */
export interface EndedSpan {
  /** The same for all spans of one kind, of which there are few. */
  readonly key: string;
  describe(): SpanDescription;
  readonly tookMs: number;
}

/** All that the SDK looks at, and what it sends. */
interface EncodedSpan extends Pick<ReadableSpan, "resource" | "spanContext"> {
  readonly encoded: Buffer;
}

/** The IDs are in what is encoded. */
const SAMPLED = { traceId: "", spanId: "", traceFlags: TraceFlags.SAMPLED };

/** Encodes spans, and has OpenTelemetry's SDK gather them, send them, and try again. */
export class EncodingExporter {
  readonly #processor: BatchSpanProcessor;
  readonly #resource;
  readonly #templates = new Map<string, SpanTemplate>();

  /** @param url where the collector takes traces */
  constructor(url: string, source: SpanSource, outages: OutageLog) {
    const contentType = { "Content-Type": "application/x-protobuf" };
    const options = { url, timeoutMillis: EXPORT_TIMEOUT_MS };
    const delegate = createOtlpHttpExportDelegate(
      convertLegacyHttpOptions(options, "TRACES", "v1/traces", contentType),
      {
        serializeRequest: (spans: ReadableSpan[]) =>
          encodeRequest(
            source,
            (spans as unknown as readonly EncodedSpan[]).map(({ encoded }) => encoded),
          ),
        deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
      },
      "otlp_http_span_exporter",
      TraceExporterMetricsHelper,
      undefined,
    );
    const exporter = tellingOfOutages(new OTLPExporterBase(delegate), outages);
    this.#processor = new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS });
    this.#resource = resourceFromAttributes(source.resource);
  }

  export(id: MessageId, { key, describe, tookMs }: EndedSpan): void {
    let template = this.#templates.get(key);
    if (template === undefined) {
      template = new SpanTemplate(describe());
      this.#templates.set(key, template);
    }
    const encoded = template.encode(id, Date.now(), tookMs);
    const span: EncodedSpan = { encoded, resource: this.#resource, spanContext: () => SAMPLED };
    this.#processor.onEnd(span as unknown as ReadableSpan);
  }

  /** Exports what waits. An unavailable collector does not make a stop unclean. */
  async close(): Promise<void> {
    await this.#processor.shutdown().catch(() => {});
  }
}
