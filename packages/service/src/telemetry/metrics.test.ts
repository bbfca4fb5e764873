import { describe, expect, it } from "@jest/globals";
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

  it("gives the services of one process the same metric", async () => {
    const registry = createMetricsRegistry({ service: "embedded" });
    const config = { name: "dumbwaiter_x_total", help: "x" };
    counter(registry, config).inc();
    counter(registry, config).inc();
    const opened = { name: "dumbwaiter_y", help: "y" };
    expect(gauge(registry, opened)).toBe(gauge(registry, opened));
    const took = { name: "dumbwaiter_z_seconds", help: "z" };
    expect(histogram(registry, took)).toBe(histogram(registry, took));
    expect(await registry.metrics()).toContain('dumbwaiter_x_total{service="embedded"} 2');
  });
});

describe("createDependencyStates", () => {
  it("shows each dependency as up or down", async () => {
    const registry = createMetricsRegistry({ service: "api" });
    const states = createDependencyStates(registry, logger);
    states.report("redis", true);
    states.report("firestore", true);
    states.report("firestore", false, new Error("refused"));
    const text = await registry.metrics();
    expect(text).toContain('dumbwaiter_dependency_up{dependency="redis",service="api"} 1');
    expect(text).toContain('dumbwaiter_dependency_up{dependency="firestore",service="api"} 0');
  });
});
