import { describe, expect, it } from "@jest/globals";
import { VERSION } from "../version.ts";
import { createDependencyStates } from "./dependency-states.ts";
import { createLogger } from "./logger.ts";
import { counter, createMetricsRegistry, gauge, histogram } from "./metrics.ts";

const logger = createLogger({ service: "test", level: "silent" });

describe("createMetricsRegistry", () => {
  it("exposes Node's own metrics with our prefix, including event loop lag", async () => {
    const text = await createMetricsRegistry({ service: "api" }).metrics();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names.every((name) => name?.startsWith("dumbwaiter_"))).toBe(true);
    expect(names).toEqual(
      expect.arrayContaining([
        "dumbwaiter_nodejs_eventloop_lag_p99_seconds",
        "dumbwaiter_process_cpu_seconds_total",
        "dumbwaiter_process_resident_memory_bytes",
      ]),
    );
    expect(text).toMatch(/^dumbwaiter_process_cpu_seconds_total\{service="api"\} /m);
  });

  it("tells the version", async () => {
    const text = await createMetricsRegistry({ service: "api" }).metrics();
    expect(text).toContain(`dumbwaiter_build_info{version="${VERSION}",service="api"} 1`);
  });

  it("gives the services of one process the same metric", async () => {
    const registry = createMetricsRegistry({ service: "embedded" });
    const config = { name: "dumbwaiter_x_total", help: "x" };
    counter(registry, config).inc();
    counter(registry, config).inc();
    const opened = { name: "dumbwaiter_y", help: "y" };
    expect(gauge(registry, opened)).toBe(gauge(registry, opened));
    const took = { name: "dumbwaiter_z_seconds", help: "z", buckets: [1] };
    expect(histogram(registry, took)).toBe(histogram(registry, took));
    expect(await registry.metrics()).toContain('dumbwaiter_x_total{service="embedded"} 2');
  });
});

describe("a metric with known labels", () => {
  const labels = { at: ["send", "pull"], code: ["internal", "unavailable"] } as const;
  const everySeries = ["send", "pull"].flatMap((at) =>
    ["internal", "unavailable"].map((code) => `{at="${at}",code="${code}",service="api"} 0`),
  );

  it("counts from 0, for each combination", async () => {
    const registry = createMetricsRegistry({ service: "api" });
    const refusals = counter(registry, { name: "dumbwaiter_x_total", help: "x", labels });
    gauge(registry, { name: "dumbwaiter_y", help: "y", labels });
    const before = await registry.metrics();
    for (const series of everySeries) {
      expect(before).toContain(`dumbwaiter_x_total${series}`);
      expect(before).toContain(`dumbwaiter_y${series}`);
    }
    refusals.inc({ at: "pull", code: "internal" });
    counter(registry, { name: "dumbwaiter_x_total", help: "x", labels });
    expect(await registry.metrics()).toContain(
      'dumbwaiter_x_total{at="pull",code="internal",service="api"} 1',
    );
  });

  it("has only the combinations that exist", async () => {
    const registry = createMetricsRegistry({ service: "api" });
    const only = ({ at, code }: { at: string; code: string }) => at === "send" || code === "internal";
    counter(registry, { name: "dumbwaiter_x_total", help: "x", labels, only });
    const series = (await registry.metrics()).match(/^dumbwaiter_x_total.*$/gm) ?? [];
    expect(series).toHaveLength(3);
    expect(series).not.toContain(`dumbwaiter_x_total${everySeries[3]}`);
  });

  it("has empty buckets from the start", async () => {
    const registry = createMetricsRegistry({ service: "api" });
    histogram(registry, { name: "dumbwaiter_z_seconds", help: "z", labels, buckets: [1] });
    const text = await registry.metrics();
    for (const at of labels.at)
      for (const code of labels.code)
        expect(text).toContain(`dumbwaiter_z_seconds_count{service="api",at="${at}",code="${code}"} 0`);
  });
});

describe("createDependencyStates", () => {
  it("shows each dependency as up or down", async () => {
    const registry = createMetricsRegistry({ service: "api" });
    const states = createDependencyStates(registry, logger);
    states.report("redis", true, undefined);
    states.report("firestore", true, undefined);
    states.report("firestore", false, new Error("refused"));
    const text = await registry.metrics();
    expect(text).toContain('dumbwaiter_dependency_up{dependency="redis",service="api"} 1');
    expect(text).toContain('dumbwaiter_dependency_up{dependency="firestore",service="api"} 0');
  });
});
