export const CLUSTER = ["/dev-env/src/cluster/", "\\.cluster\\.test\\.ts$"];
export const IMAGES = ["\\.images\\.test\\.ts$"];
export const OUTAGES = ["/tests/outages/", "-outages?\\.test\\.ts$", "/stack/stack\\.test\\.ts$"];
export const PODS = ["/tests/pods/.*\\.test\\.ts$"];
export const SKAFFOLD = ["\\.skaffold\\.test\\.ts$"];

/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  roots: ["packages", "services", "infra", "tests", "scripts"].map((folder) => `<rootDir>/${folder}`),
  testMatch: ["**/*.test.ts"],
  // Minutes long, or with servers of their own: `npm run test:outages`, `test:cluster`, `test:images`, …
  testPathIgnorePatterns: ["/node_modules/", ...OUTAGES, ...CLUSTER, ...IMAGES, ...PODS, ...SKAFFOLD],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } },
    ],
  },
  globalSetup: "<rootDir>/packages/dev-env/src/servers/jest-global-setup.mts",
  globalTeardown: "<rootDir>/packages/dev-env/src/servers/jest-global-teardown.mts",
  // The first test that asks for an emulator waits for its JVM, perhaps on a busy machine.
  testTimeout: 60_000,
  // Most files wait for servers rather than compute.
  maxWorkers: 3,
  detectOpenHandles: false,
};
