import { collectDefaultMetrics, Registry } from "prom-client";

const PREFIX = "dumbwaiter_";

/** Sampling every 20 ms costs nothing that shows and still finds the stalls that matter. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/**
 * The metrics of one process, with those of Node itself under the same scheme: `dumbwaiter_process_…` and
 * `dumbwaiter_nodejs_…`, among them `dumbwaiter_nodejs_eventloop_lag_p99_seconds` (since the last scrape). Every
 * sample bears the label `service`.
 */
export function createMetricsRegistry({ service }: { readonly service: string }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({
    register: registry,
    prefix: PREFIX,
    eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS,
  });
  return registry;
}
