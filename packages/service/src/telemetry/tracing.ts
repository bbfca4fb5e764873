import { hostname } from "node:os";
import type { MessageId } from "@dumbwaiter/core";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { LogSampler } from "../edge/log-sampler.ts";
import type { SamplerName } from "../settings/tracing.ts";
import { VERSION } from "../version.ts";
import type { Logger } from "./logger.ts";
import { OutageLog } from "./outage-log.ts";
import type { EndedSpan } from "./span-exporter.ts";

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
 * Starts exporting what {@link recordSpan} gets. Nobody's trace is continued: see ADR 53. Spans are made and encoded here,
 * and not by the SDK, which takes longer: see ADR 58. It gathers them and sends them.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, service, logger, resourceAttributes } = options;
  if (endpoint === undefined) return { close: async () => {} };
  const { EncodingExporter } = await import("./span-exporter.ts");
  diag.setLogger(diagnostics(logger), DiagLogLevel.WARN);
  const resource = {
    "service.name": `dumbwaiter-${service}`,
    "service.version": VERSION,
    "service.instance.id": hostname(),
    ...resourceAttributes,
  };
  const source = { resource, scope: { name: "dumbwaiter", version: VERSION } };
  const exporter = new EncodingExporter(
    `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    source,
    new OutageLog(logger),
  );
  tracer = {
    isSampled: samplerOf(options),
    record: (id, span) => exporter.export(id, span),
  };
  return {
    async close() {
      tracer = undefined;
      await exporter.close();
      diag.disable();
    },
  };
}

/** Random digits at the end of an ID, of which a number holds all. */
const RANDOM_DIGITS = 12;

/** By the last digits, as OpenTelemetry's consistent sampling does: who has them sampled more rarely has these too. */
function samplerOf(settings: TracingSettings): (id: MessageId) => boolean {
  const least = Math.ceil((1 - sampledShare(settings)) * 16 ** RANDOM_DIGITS);
  if (least >= 16 ** RANDOM_DIGITS) return () => false;
  const leastDigits = least.toString(16).padStart(RANDOM_DIGITS, "0");
  return (id) => id.slice(-RANDOM_DIGITS) >= leastDigits;
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
