import { DiagLogLevel, diag, trace } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";

interface TracingOptions {
  /** Base URL of an OTLP collector (HTTP, Protobuf); without it nothing is loaded or traced. */
  readonly endpoint: string | undefined;
  readonly service: string;
  /** Told of spans that cannot be exported. */
  readonly logger?: Logger;
}

interface Tracing {
  /** Exports the spans that have ended, then stops tracing. */
  close(): Promise<void>;
}

/** A span that cannot be exported in this time is dropped. */
const EXPORT_TIMEOUT_MS = 2000;

/**
 * Starts exporting the spans that `span.ts` creates. Context is passed explicitly: without automatic propagation,
 * requests pay for no hooks.
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
      // An unavailable collector does not make a stop unclean.
      await provider
        .shutdown()
        .catch((err: unknown) => logger?.warn({ err }, "spans dropped: the trace collector is unavailable"));
      trace.disable();
      diag.disable();
    },
  };
}

function diagnostics(logger: Logger) {
  const warn = (detail: string) => logger.warn({ detail }, "tracing error");
  const quiet = () => {};
  return { error: warn, warn, info: quiet, debug: quiet, verbose: quiet };
}
