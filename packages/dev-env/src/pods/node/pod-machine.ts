import type { Machine } from "./namespaces.ts";

const VARIABLE = "DUMBWAITER_TEST_PODS";

/** What `run.ts` has prepared for the tests, which run in namespaces without a route out. */
export interface PodMachine extends Machine {
  /** Archives of all images that pods need, including the pause image. */
  readonly images: readonly string[];
}

export function machineToEnv(machine: PodMachine): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(machine) };
}

/** @throws outside `npm run test:pods` */
export function machineFromEnv(): PodMachine {
  const value = process.env[VARIABLE];
  if (value === undefined) throw new Error("these tests run only with npm run test:pods");
  return JSON.parse(value);
}
