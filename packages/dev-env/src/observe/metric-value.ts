import type { Registry } from "prom-client";

/** The sum of a metric's values with these labels; 0 when there are none. */
export async function metricValue(
  registry: Registry,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
  const wanted = values.filter(({ labels: has }) =>
    Object.entries(labels).every(([key, label]) => String((has as Record<string, unknown>)[key]) === label),
  );
  return wanted.reduce((sum, { value }) => sum + value, 0);
}
