import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from "prom-client";

const PREFIX = "dumbwaiter_";

/** Sampling every 20 ms costs next to nothing and still finds the stalls that matter. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/**
 * The metrics of one process, including those of Node itself as `dumbwaiter_process_…` and `dumbwaiter_nodejs_…`, such as
 * `dumbwaiter_nodejs_eventloop_lag_p99_seconds` (since the last scrape). Every sample has the label `service`.
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

/** Services in one process share a registry: the second one to ask for a metric gets the existing one. */
export function counter<Label extends string>(registry: Registry, config: CounterConfiguration<Label>) {
  return (
    (registry.getSingleMetric(config.name) as Counter<Label> | undefined) ?? new Counter(at(registry, config))
  );
}

/** See {@link counter}. */
export function gauge<Label extends string>(registry: Registry, config: GaugeConfiguration<Label>) {
  return (
    (registry.getSingleMetric(config.name) as Gauge<Label> | undefined) ?? new Gauge(at(registry, config))
  );
}

/** See {@link counter}. */
export function histogram<Label extends string>(registry: Registry, config: HistogramConfiguration<Label>) {
  return (
    (registry.getSingleMetric(config.name) as Histogram<Label> | undefined) ??
    new Histogram(at(registry, config))
  );
}

function at<Config extends object>(registry: Registry, config: Config) {
  return { ...config, registers: [registry] };
}
