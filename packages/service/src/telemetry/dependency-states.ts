import type { Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import { gauge } from "./metrics.ts";
import { OutageLog } from "./outage-log.ts";

/** Whether the dependencies of a service are available: a metric, and a log line at each change. */
export interface DependencyStates {
  /** Reports whether the last use of a dependency succeeded, and why not; cheap when nothing has changed. */
  report(dependency: string, up: boolean, error: unknown): void;
}

/** Keeps `dumbwaiter_dependency_up{dependency}`: 1 or 0. Readiness never depends on it. */
export function createDependencyStates(registry: Registry, logger: Logger): DependencyStates {
  const states = new Map<string, boolean>();
  const outages = new OutageLog(logger);
  const up = gauge(registry, {
    name: "dumbwaiter_dependency_up",
    help: "1 if the last use of the dependency succeeded, 0 if it failed",
    openLabels: ["dependency"],
  });
  return {
    report(dependency, isUp, error) {
      if (states.get(dependency) === isUp) return;
      states.set(dependency, isUp);
      up.set({ dependency }, isUp ? 1 : 0);
      if (isUp) outages.end(dependency);
      else outages.begin(dependency, { dependency }, error);
    },
  };
}
