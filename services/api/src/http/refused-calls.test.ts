import { connect } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
afterEach(() => api.close());

it("after 8 MiB of refused bodies a user's calls are refused before their bodies are read, and no other's", async () => {
  const now = Date.now();
  api = await startTestApi({ dependencies: { clock: { now: () => now } } });
  const bob = await api.token({ sub: "bob" });
  const wrong = { ...ENVELOPE, recipientId: "x", encryptedData: "A".repeat(MAX_ENVELOPE_BYTES - 200) };
  const body = JSON.stringify(wrong);
  let refused = 0;
  for (let answers: Response[] = []; answers.every(({ status }) => status === 400); ) {
    answers = await Promise.all(Array.from({ length: 20 }, () => api.call("POST", "/api/send", { body })));
    refused += answers.filter(({ status }) => status === 400).length;
  }
  expect(refused).toBeGreaterThanOrEqual((8 * 1024 * 1024) / MAX_ENVELOPE_BYTES);

  const received = await answerWithoutBody(await api.token({ sub: "alice" }), body.length);
  expect(received).toMatch(/^HTTP\/1\.1 429 /);
  expect(received).toMatch(/^Retry-After: \d+\r$/m);
  await expectProblem(await api.call("GET", "/api/messages"), "rate_limited");
  expect((await api.call("POST", "/api/send", { token: bob, body: ENVELOPE })).status).toBe(202);
});

/** The answer to a send whose body does not come. */
async function answerWithoutBody(token: string, length: number): Promise<string> {
  const socket = connect(api.port, "127.0.0.1");
  let received = "";
  socket.setEncoding("utf8").on("data", (data) => {
    received += data;
  });
  socket.write(
    `POST /api/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  await eventually(() => expect(received).toContain("\r\n\r\n"));
  socket.destroy();
  return received;
}
