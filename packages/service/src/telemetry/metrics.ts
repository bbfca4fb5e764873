import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { VERSION } from "../version.ts";

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
  gauge(registry, {
    name: "dumbwaiter_build_info",
    help: "Always 1; the label is the version of Dumbwaiter that the process runs",
    labels: { version: [VERSION] },
  }).set({ version: VERSION }, 1);
  return registry;
}

type Values = Readonly<Record<string, readonly string[]>>;
type Labels<Known extends Values> = { readonly [Label in keyof Known]: Known[Label][number] };

interface Named {
  readonly name: string;
  readonly help: string;
}

/**
 * Labels whose values are all known. Every series of theirs exists from the start, at 0: `rate()` and `increase()` see
 * nothing in a series whose first sample is already a 1.
 */
interface KnownLabels<Known extends Values> extends Named {
  readonly labels: Known;
  /** Which of the combinations exist; all of them when not given. */
  readonly only?: (labels: Labels<Known>) => boolean;
}

/** Labels whose values only others know; a series exists once it has counted. */
interface OpenLabels<Label extends string> extends Named {
  readonly openLabels: readonly Label[];
}

interface Buckets {
  /** Upper bounds. */
  readonly buckets: number[];
}

/** A counter that takes the known values of its labels, and nothing else. */
export interface CounterOf<Known extends Values> {
  inc(labels: Labels<Known>, value?: number): void;
  labels(labels: Labels<Known>): { inc(value?: number): void };
}

/** See {@link CounterOf}. */
export interface GaugeOf<Known extends Values> {
  set(labels: Labels<Known>, value: number): void;
}

/** See {@link CounterOf}. */
export interface HistogramOf<Known extends Values> {
  observe(labels: Labels<Known>, value: number): void;
  labels(labels: Labels<Known>): { observe(value: number): void };
}

/** Services in one process share a registry: the second one to ask for a metric gets the existing one. */
export function counter<const Known extends Values>(
  registry: Registry,
  config: KnownLabels<Known>,
): CounterOf<Known>;
export function counter<Label extends string>(registry: Registry, config: OpenLabels<Label>): Counter<Label>;
export function counter(registry: Registry, config: Named): Counter<never>;
export function counter(registry: Registry, config: Config) {
  return (
    (registry.getSingleMetric(config.name) as Counter | undefined) ??
    withZeros(new Counter(promConfig(registry, config)), config, (metric, labels) => metric.inc(labels, 0))
  );
}

/** See {@link counter}. */
export function gauge<const Known extends Values>(
  registry: Registry,
  config: KnownLabels<Known>,
): GaugeOf<Known>;
export function gauge<Label extends string>(registry: Registry, config: OpenLabels<Label>): Gauge<Label>;
export function gauge(registry: Registry, config: Named & { collect?(this: Gauge): void }): Gauge<never>;
export function gauge(registry: Registry, config: Config) {
  return (
    (registry.getSingleMetric(config.name) as Gauge | undefined) ??
    withZeros(new Gauge(promConfig(registry, config)), config, (metric, labels) => metric.set(labels, 0))
  );
}

/** See {@link counter}. */
export function histogram<const Known extends Values>(
  registry: Registry,
  config: KnownLabels<Known> & Buckets,
): HistogramOf<Known>;
export function histogram<Label extends string>(
  registry: Registry,
  config: OpenLabels<Label> & Buckets,
): Histogram<Label>;
export function histogram(registry: Registry, config: Named & Buckets): Histogram<never>;
export function histogram(registry: Registry, config: Config & Buckets) {
  return (
    (registry.getSingleMetric(config.name) as Histogram | undefined) ??
    withZeros(new Histogram(promConfig(registry, config)), config, (metric, labels) => metric.zero(labels))
  );
}

type Config = Named & Partial<KnownLabels<Values> & OpenLabels<string>>;

function promConfig(registry: Registry, { labels = {}, openLabels = [], only: _only, ...config }: Config) {
  return { ...config, labelNames: [...Object.keys(labels), ...openLabels], registers: [registry] };
}

function withZeros<Metric>(
  metric: Metric,
  { labels, only = () => true }: Config,
  zero: (metric: Metric, labels: Record<string, string>) => void,
): Metric {
  for (const series of (labels ? combinations(labels) : []).filter(only)) zero(metric, series);
  return metric;
}

function combinations(values: Values): Record<string, string>[] {
  return Object.entries(values).reduce<Record<string, string>[]>(
    (series, [label, known]) => series.flatMap((one) => known.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
