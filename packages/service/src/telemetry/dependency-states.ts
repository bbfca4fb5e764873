import type { Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import { gauge } from "./metrics.ts";

/** Whether the dependencies of a service are available: a metric, and a log line at each change. */
export interface DependencyStates {
  /** Reports whether the last use of a dependency succeeded; cheap when nothing has changed. */
  report(dependency: string, up: boolean, error?: unknown): void;
}

/** Keeps `dumbwaiter_dependency_up{dependency}`: 1 or 0. Readiness never depends on it. */
export function createDependencyStates(registry: Registry, logger: Logger): DependencyStates {
  const states = new Map<string, boolean>();
  const up = gauge(registry, {
    name: "dumbwaiter_dependency_up",
    help: "1 if the last use of the dependency succeeded, 0 if it failed",
    openLabels: ["dependency"],
  });
  return {
    report(dependency, isUp, error) {
      const wasUp = states.get(dependency);
      if (wasUp === isUp) return;
      states.set(dependency, isUp);
      up.set({ dependency }, isUp ? 1 : 0);
      if (!isUp) logger.warn({ dependency, err: error }, "dependency unavailable");
      else if (wasUp === false) logger.info({ dependency }, "dependency recovered");
    },
  };
}
