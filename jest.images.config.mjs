import base, { IMAGES } from "./jest.config.mjs";

/** What builds images, as root: minutes the first time. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: undefined,
  testRegex: IMAGES,
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 1_800_000,
  maxWorkers: 1,
};
