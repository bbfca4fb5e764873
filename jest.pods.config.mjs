import base, { PODS } from "./jest.config.mjs";

/** What runs real pods. `npm run test:pods` makes the machine for it. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: undefined,
  testRegex: PODS,
  testPathIgnorePatterns: ["/node_modules/"],
  maxWorkers: 1,
  // A test that fails may leave clients behind; with Jest the whole machine ends.
  forceExit: true,
};
