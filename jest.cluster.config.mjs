import base, { CLUSTER } from "./jest.config.mjs";

/** What runs against a real Kubernetes. `npm run test:cluster` builds it first. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: undefined,
  testRegex: CLUSTER.map((pattern) => (pattern.endsWith("/") ? `${pattern}.*\\.test\\.ts$` : pattern)),
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: "<rootDir>/packages/dev-env/src/cluster/jest-global-setup.mts",
  // What waits for the cluster says after two minutes what it has waited for.
  testTimeout: 300_000,
  maxWorkers: 2,
};
