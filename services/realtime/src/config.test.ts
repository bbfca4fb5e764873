import { DEFAULTS, REQUIRED } from "@dumbwaiter/service/testing/client-facing-config";
import { expect, it } from "@jest/globals";
import { REALTIME_SETTINGS } from "./config.ts";

it("realtime's configuration has a default for all but what it cannot know, grouped by concern", () => {
  expect(REALTIME_SETTINGS.load(REQUIRED)).toEqual({
    ...DEFAULTS,
    shutdown: { ...DEFAULTS.shutdown, drainMs: 60_000 },
    pubsub: { ...DEFAULTS.pubsub, pushTopic: "dumbwaiter-push" },
    limits: { ...DEFAULTS.limits, maxUnacked: 256, maxBufferedBytes: 1024 ** 2 },
  });
});
