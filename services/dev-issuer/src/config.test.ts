import { expect, it } from "@jest/globals";
import { DEV_ISSUER_SETTINGS } from "./config.ts";

it("the development issuer starts only when it is asked to, and never in production", () => {
  expect(() => DEV_ISSUER_SETTINGS.load({})).toThrow(
    "DEV_ISSUER is required: Set to 1 to start the development issuer, which issues a token for any user to any caller",
  );
  expect(() => DEV_ISSUER_SETTINGS.load({ DEV_ISSUER: "1", NODE_ENV: "production" })).toThrow(
    "NODE_ENV must not be production",
  );
  expect(DEV_ISSUER_SETTINGS.load({ DEV_ISSUER: "1", NODE_ENV: "test" }).issuer.enabled).toBe(true);
});
