import { afterEach, expect, it } from "@jest/globals";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
afterEach(() => api.close());

it("a body waits for those of its user that were refused, and for no other's", async () => {
  api = await startTestApi();
  const bob = await api.token({ sub: "bob" });
  const encryptedData = "A".repeat(MAX_ENVELOPE_BYTES - 200);
  const body = JSON.stringify({ ...ENVELOPE, encryptedData, recipientId: "nobody" });
  // 1 MiB, which counts eight times.
  const refused = await Promise.all(
    Array.from({ length: 16 }, () => api.call("POST", "/api/send", { body })),
  );
  for (const { status } of refused) expect(status).toBe(400);

  let answered = false;
  const late = api.call("POST", "/api/send", { body: ENVELOPE }).finally(() => {
    answered = true;
  });
  expect((await api.call("POST", "/api/send", { token: bob, body: ENVELOPE })).status).toBe(202);
  expect((await api.call("GET", "/api/messages")).status).toBe(200);
  expect(answered).toBe(false);
  expect((await late).status).toBe(202);
});
