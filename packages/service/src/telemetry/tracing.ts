import { hostname } from "node:os";
import { type MessageId, traceIdOf } from "@dumbwaiter/core";
import {
  type Attributes,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { LogSampler } from "../edge/log-sampler.ts";
import type { SamplerName } from "../settings/tracing.ts";
import { VERSION } from "../version.ts";
import type { Logger } from "./logger.ts";
import { OutageLog } from "./outage-log.ts";
import { tellingOfOutages } from "./telling-exporter.ts";

export interface TracingSettings {
  /** Base URL of an OTLP collector (HTTP, Protobuf); without it nothing is loaded or traced. */
  readonly endpoint: string | undefined;
  readonly sampler: SamplerName;
  /** Of the samplers with a ratio: 0 to 1. */
  readonly sampledShare: number;
  /** Of the process, for all spans. */
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined;
}

interface TracingOptions extends TracingSettings {
  readonly service: string;
  /** Told when spans cannot be exported, and when they can again. */
  readonly logger: Logger;
}

interface Tracing {
  /** Exports the spans that have ended, then stops tracing. */
  close(): Promise<void>;
}

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Whether it begins the trace: the others are children of the one that did not fail. */
  readonly isRoot: boolean;
  readonly tookMs: number;
  readonly failed: boolean;
}

/** A span that cannot be exported in this time is dropped. */
const EXPORT_TIMEOUT_MS = 2000;

interface Tracer {
  isSampled(traceId: string): boolean;
  record(traceId: string, span: EndedSpan): void;
}

/** Of the process; undefined when tracing is off. */
let tracer: Tracer | undefined;

/** Whether spans of this message are recorded: the same in every process with the same settings. */
export function isTraced(id: MessageId): boolean {
  return tracer?.isSampled(traceIdOf(id)) ?? false;
}

/** Exports a span of a message that {@link isTraced}. */
export function recordSpan(id: MessageId, span: EndedSpan): void {
  tracer?.record(traceIdOf(id), span);
}

/** Starts exporting what {@link recordSpan} gets. Nobody's trace is continued: see ADR 53. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, service, logger, resourceAttributes } = options;
  if (endpoint === undefined) return { close: async () => {} };
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-proto"),
    import("@opentelemetry/resources"),
  ]);
  diag.setLogger(diagnostics(logger), DiagLogLevel.WARN);
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const outages = new OutageLog(logger);
  const exporter = tellingOfOutages(
    new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }),
    outages,
  );
  const sampler = new sdk.TraceIdRatioBasedSampler(sampledShare(options));
  const random = new sdk.RandomIdGenerator();
  /** Of the span that starts next. */
  let ids: { readonly traceId: string; readonly spanId: string };
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": `dumbwaiter-${service}`,
      "service.version": VERSION,
      "service.instance.id": hostname(),
      ...resourceAttributes,
    }),
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const spans = provider.getTracer("dumbwaiter", VERSION);
  tracer = {
    isSampled: (traceId) =>
      sampler.shouldSample(ROOT_CONTEXT, traceId).decision === sdk.SamplingDecision.RECORD_AND_SAMPLED,
    record(traceId, { name, kind, attributes, isRoot, tookMs, failed }) {
      const end = Date.now();
      const rootId = traceId.slice(16);
      ids = { traceId, spanId: isRoot && !failed ? rootId : random.generateSpanId() };
      const parent = { traceId, spanId: rootId, traceFlags: 1, isRemote: true };
      const context = isRoot ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      const span = spans.startSpan(name, { kind, attributes, startTime: end - tookMs }, context);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(end);
    },
  };
  return {
    async close() {
      tracer = undefined;
      // An unavailable collector does not make a stop unclean.
      await provider.shutdown().catch(() => {});
      diag.disable();
    },
  };
}

function sampledShare({ sampler, sampledShare }: TracingSettings): number {
  if (sampler.endsWith("traceidratio")) return sampledShare;
  return sampler.endsWith("always_on") ? 1 : 0;
}

/** Such as spans that the collector refused. Failed exports are told of by the exporter. */
function diagnostics(logger: Logger) {
  const sampler = new LogSampler();
  const quiet = () => {};
  const warn = (detail: string) =>
    sampler.sample("tracing", (repeats) =>
      logger.warn({ detail, ...(repeats > 0 ? { repeated: repeats } : {}) }, "tracing error"),
    );
  return { error: quiet, warn, info: quiet, debug: quiet, verbose: quiet };
}
