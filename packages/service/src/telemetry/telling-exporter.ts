import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { OutageLog } from "./outage-log.ts";

const COLLECTOR = "trace_collector";

/** The exporter, which writes one line when the collector goes away, and one when it is back. */
export function tellingOfOutages(exporter: SpanExporter, outages: OutageLog): SpanExporter {
  let isAway = false;

  function tell(error: unknown): void {
    if (error === undefined) outages.end(COLLECTOR);
    else if (!isAway)
      outages.begin(
        COLLECTOR,
        { dependency: COLLECTOR },
        error,
        "trace collector unavailable; dropping spans",
      );
    isAway = error !== undefined;
  }

  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // 0 is success; the constant would load the SDK where nothing is traced.
        tell(result.code === 0 ? undefined : (result.error ?? new Error("export failed")));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
