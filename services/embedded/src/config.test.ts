import { expect, it } from "@jest/globals";
import { EMBEDDED_SETTINGS } from "./config.ts";

it("the embedded process starts with nothing set", () => {
  const config = EMBEDDED_SETTINGS.load({});
  expect(config.storage.dataDir).toBe("./data");
  expect(config.limits.maxUnacked).toBe(256);
  expect(config.limits.maxBufferedBytes).toBe(1_048_576);
});

it("the embedded process does not start in production", () => {
  expect(() => EMBEDDED_SETTINGS.load({ NODE_ENV: "production" })).toThrow("NODE_ENV must not be production");
});
