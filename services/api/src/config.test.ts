import { DEFAULTS, REQUIRED } from "@dumbwaiter/service/testing/client-facing-config";
import { expect, it } from "@jest/globals";
import { API_SETTINGS } from "./config.ts";

it("the api's configuration has a default for all but what it cannot know, grouped by concern", () => {
  expect(API_SETTINGS.load(REQUIRED)).toEqual(DEFAULTS);
});
