import base, { SKAFFOLD } from "./jest.config.mjs";

/** What runs skaffold, compiled of its Go modules: minutes the first time. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: undefined,
  testRegex: SKAFFOLD,
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 1_800_000,
  maxWorkers: 1,
};
