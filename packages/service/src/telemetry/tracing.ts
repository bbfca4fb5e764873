import { hostname } from "node:os";
import { type MessageId, traceIdOf } from "@dumbwaiter/core";
import {
  type Attributes,
  DiagLogLevel,
  diag,
  type HrTime,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
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
  isSampled(id: MessageId): boolean;
  record(id: MessageId, span: EndedSpan): void;
}

/** Of the process; undefined when tracing is off. */
let tracer: Tracer | undefined;

/** Whether spans of this message are recorded: the same in every process with the same settings. */
export function isTraced(id: MessageId): boolean {
  return tracer?.isSampled(id) ?? false;
}

/** Exports a span of a message that {@link isTraced}. */
export function recordSpan(id: MessageId, span: EndedSpan): void {
  tracer?.record(id, span);
}

/**
 * Starts exporting what {@link recordSpan} gets. Nobody's trace is continued: see ADR 53. Spans are made here, and not by
 * the SDK's tracer, which takes longer: they have ended already.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, service, logger, resourceAttributes } = options;
  if (endpoint === undefined) return { close: async () => {} };
  const [{ BatchSpanProcessor, RandomIdGenerator }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
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
  const processor = new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS });
  const resource = resourceFromAttributes({
    "service.name": `dumbwaiter-${service}`,
    "service.version": VERSION,
    "service.instance.id": hostname(),
    ...resourceAttributes,
  });
  const common = {
    ...{ resource, instrumentationScope: { name: "dumbwaiter", version: VERSION }, ended: true },
    ...{ links: [], droppedLinksCount: 0, events: [], droppedEventsCount: 0, droppedAttributesCount: 0 },
  };
  const share = sampledShare(options);
  const ids = new RandomIdGenerator();
  tracer = {
    isSampled: (id) => isAmong(id, share),
    record(id, { name, kind, attributes, isRoot, tookMs, failed }) {
      const traceId = traceIdOf(id);
      const root = { traceId, spanId: traceId.slice(16), traceFlags: TraceFlags.SAMPLED };
      const context = isRoot && !failed ? root : { ...root, spanId: ids.generateSpanId() };
      const end = Date.now();
      processor.onEnd({
        ...common,
        ...{ name, kind, attributes },
        spanContext: () => context,
        ...(isRoot ? {} : { parentSpanContext: { ...root, isRemote: true } }),
        ...{ startTime: hrTime(end - tookMs), endTime: hrTime(end), duration: hrTime(tookMs) },
        status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      });
    },
  };
  return {
    async close() {
      tracer = undefined;
      // An unavailable collector does not make a stop unclean.
      await processor.shutdown().catch(() => {});
      diag.disable();
    },
  };
}

/** Random digits at the end of an ID, of which a number holds all. */
const RANDOM_DIGITS = 12;

/** By the last digits, as OpenTelemetry's consistent sampling does: who has them sampled more rarely has these too. */
function isAmong(id: MessageId, share: number): boolean {
  return Number.parseInt(id.slice(-RANDOM_DIGITS), 16) >= (1 - share) * 16 ** RANDOM_DIGITS;
}

function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.trunc((ms - seconds * 1000) * 1e6)];
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
