import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  type Registry,
} from "prom-client";

/** Services that share a process share a registry: the second to ask for a metric gets the first one's. */
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
