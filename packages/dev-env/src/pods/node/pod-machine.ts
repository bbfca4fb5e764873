import type { Surroundings } from "./namespaces.ts";

const VARIABLE = "DUMBWAITER_TEST_PODS";

/** What `run.ts` has prepared for the tests, which run in namespaces without a way out. */
export interface PodMachine extends Surroundings {
  /** Archives of all images that pods need, the pause image's among them. */
  readonly images: readonly string[];
}

export function machineToEnv(machine: PodMachine): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(machine) };
}

/** @throws outside `npm run test:pods` */
export function machineFromEnv(): PodMachine {
  const value = process.env[VARIABLE];
  if (value === undefined) throw new Error("These tests need a machine of their own: npm run test:pods");
  return JSON.parse(value);
}
