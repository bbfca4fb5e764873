import { DiagLogLevel, diag, trace } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";

export interface TracingOptions {
  /** Base URL of an OTLP collector (HTTP, Protobuf); nothing is loaded or traced without. */
  readonly endpoint: string | undefined;
  readonly service: string;
  /** Hears of spans that cannot be exported. */
  readonly logger?: Logger;
}

export interface Tracing {
  /** Sends the spans that have ended, then stops tracing. */
  close(): Promise<void>;
}

/** Spans are lost rather than waited for. */
const EXPORT_TIMEOUT_MS = 2000;

/**
 * Starts exporting the spans of `span.ts`'s helpers. A span is its own context: nothing follows calls by itself, so
 * that requests pay for no hooks.
 */
export async function startTracing({ endpoint, service, logger }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return { close: async () => {} };
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/exporter-trace-otlp-proto"),
      import("@opentelemetry/resources"),
    ]);
  if (logger !== undefined) diag.setLogger(diagnostics(logger), DiagLogLevel.WARN);
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": `dumbwaiter-${service}` }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  trace.setGlobalTracerProvider(provider);
  return {
    async close() {
      // A collector that is away is no reason to call a stop unclean.
      await provider.shutdown().catch((err: unknown) => logger?.warn({ err }, "spans were lost"));
      trace.disable();
      diag.disable();
    },
  };
}

function diagnostics(logger: Logger) {
  const warn = (detail: string) => logger.warn({ detail }, "tracing");
  const quiet = () => {};
  return { error: warn, warn, info: quiet, debug: quiet, verbose: quiet };
}
