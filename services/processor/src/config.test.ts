import { expect, it } from "@jest/globals";
import { PROCESSOR_SETTINGS } from "./config.ts";

it("the processor reads its subscription, and no port: no client calls it", () => {
  const names = PROCESSOR_SETTINGS.variables.map(({ name }) => name);
  expect(names).not.toContain("PORT");
  expect(names).toContain("PUBSUB_INGRESS_SUBSCRIPTION");
});
