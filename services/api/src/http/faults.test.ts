import { UnavailableError } from "@dumbwaiter/core";
import { afterEach, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

const CALLS: readonly [string, string, unknown?][] = [
  ["POST", "/api/send", ENVELOPE],
  ["GET", "/api/messages"],
  ["POST", "/api/messages/ack", { messageIds: ["01890a5d-ac96-774b-bcce-b302099a8057"] }],
  ["PUT", "/api/devices/phone"],
  ["GET", "/api/devices"],
  ["DELETE", "/api/devices/phone"],
  ["DELETE", "/api/user"],
];

let api: TestApi;
afterEach(() => api.close());

describe("while a dependency is unavailable, the api responds with 503 and Retry-After", () => {
  it("to every call that needs the storage", async () => {
    api = await startTestApi();
    await api.closeStore();
    for (const [method, path, body] of CALLS) {
      const problem = await expectProblem(await api.call(method, path, { body }), "unavailable");
      expect(JSON.stringify(problem)).not.toMatch(/sqlite/i);
    }
    expect(api.published).toEqual([]);
    expect(await api.registry.metrics()).toMatch(/^dumbwaiter_api_refusals_total\{code="unavailable"\} 7$/m);
    expect(api.log()).toMatch(/"level":"warn".*"dependency":"sqlite"/);
  });

  it("when the issuer's keys cannot be read", async () => {
    api = await startTestApi();
    api.issuer.broken = true;
    await expectProblem(await api.call("GET", "/api/devices"), "unavailable");
  });

  it("to a removal whose sockets may still be open", async () => {
    const away = () => Promise.reject(new UnavailableError("redis"));
    api = await startTestApi({
      dependencies: { bus: { deliver: away, closeDevices: away, raiseResync: away } },
    });
    await api.queue(ALICE, "phone", [ENVELOPE]);
    await expectProblem(await api.call("DELETE", "/api/devices/phone"), "unavailable");
  });
});

describe("an internal error", () => {
  it.each([
    ["an error", () => Promise.reject(new Error("internal name: users/alice"))],
    ["undefined", () => Promise.reject(undefined)],
    [
      "an error with a status of another server",
      () => Promise.reject(Object.assign(new Error("x"), { status: 502 })),
    ],
  ])("that throws %s is a 500 without details, with the cause in the log", async (_name, publish) => {
    api = await startTestApi({ dependencies: { ingress: { publish, close: async () => {} } } });
    const problem = await expectProblem(await api.call("POST", "/api/send", { body: ENVELOPE }), "internal");
    expect(JSON.stringify(problem)).not.toMatch(/alice|node:|\.ts/);
    expect(api.log()).toMatch(/"level":"error".*"code":"internal"/);
    expect((await api.call("GET", "/api/devices")).status).toBe(200);
  });
});

describe("a send over a limit gets 429 with Retry-After and is not published", () => {
  it.each([
    ["messages", { burst: 2, ratePerSecond: 0.01 }, /^(99|100)$/],
    ["the sender's bytes", { senderBytesPerHour: 200 }, /^\d{2,4}$/],
    ["the recipient's bytes", { recipientBytesPerHour: 200 }, /^\d{2,4}$/],
  ])("%s", async (_name, limits, retryAfter) => {
    api = await startTestApi({ limits });
    const send = () => api.call("POST", "/api/send", { body: ENVELOPE });
    expect((await send()).status).toBe(202);
    expect((await send()).status).toBe(202);
    const response = await send();
    await expectProblem(response, "rate_limited");
    expect(api.log()).toMatch(/"code":"rate_limited".*"id":"[0-9a-f-]{36}"/);
    expect(response.headers.get("retry-after")).toMatch(retryAfter);
    expect(api.published).toHaveLength(2);
  });
});
