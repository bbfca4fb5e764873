import base, { OUTAGES } from "./jest.config.mjs";

/** The long suite: servers that go away, one after the other, for a minute each. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: undefined,
  testRegex: OUTAGES.map((pattern) => (pattern.endsWith("/") ? `${pattern}.*\\.test\\.ts$` : pattern)),
  testPathIgnorePatterns: ["/node_modules/"],
  maxWorkers: 1,
};
