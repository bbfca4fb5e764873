import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
// Bare: it looks at the headers of answers.
import { afterAll, beforeAll, expect, it } from "@jest/globals";

let embedded: EmbeddedProcess;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded?.stop());

it.each([
  ["POST", "/api/send"],
  ["GET", "/api/messages"],
  ["GET", "/.well-known/jwks.json"],
  ["GET", "/"],
  ["GET", "/nothing"],
])("the embedded process's answer to %s %s does not say what it is made with", async (method, path) => {
  const { headers } = await fetch(embedded.api + path, { method });
  expect(headers.get("x-powered-by")).toBeNull();
});
