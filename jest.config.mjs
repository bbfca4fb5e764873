/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  testMatch: ["<rootDir>/{packages,services,infra,tests,scripts}/**/*.test.ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } },
    ],
  },
  globalSetup: "<rootDir>/tests/servers/jest-global-setup.mts",
  globalTeardown: "<rootDir>/tests/servers/jest-global-teardown.mts",
  // The first test that asks for an emulator waits for its JVM, perhaps on a busy machine.
  testTimeout: 60_000,
  detectOpenHandles: false,
};
