import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { startTestApi, type TestApi } from "../../testing/test-api.ts";

const APP = "https://app.example";

let api: TestApi;
let proxied: TestApi;
beforeAll(async () => {
  api = await startTestApi({ settings: { allowedOrigins: [APP] } });
  proxied = await startTestApi({ settings: { trustProxy: "loopback" } });
});
afterAll(() => Promise.all([api.close(), proxied.close()]));

const preflight = (origin: string) =>
  api.call("OPTIONS", "/api/messages/ack", {
    token: null,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-device-id",
    },
  });

describe("browsers", () => {
  it("of an allowed origin may send a preflight, then call, and read Retry-After", async () => {
    const asked = await preflight(APP);
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "GET,POST,PUT,DELETE",
      "access-control-allow-headers": "Access-Key,Authorization,Content-Type,Idempotency-Key,X-Device-Id",
      "access-control-max-age": "600",
    });
    const called = await api.call("GET", "/api/devices", { headers: { origin: APP } });
    expect(called.status).toBe(200);
    expect(called.headers.get("access-control-allow-origin")).toBe(APP);
    expect(called.headers.get("access-control-expose-headers")).toBe("Retry-After");
    expect(called.headers.get("vary")).toBe("Origin");
    const refused = await api.call("GET", "/api/devices", { token: null, headers: { origin: APP } });
    expect(refused.headers.get("access-control-allow-origin")).toBe(APP);
    await expectProblem(refused, "unauthenticated");
  });

  it("of our own origin may call", async () => {
    expect((await api.call("GET", "/api/devices", { headers: { origin: api.url } })).status).toBe(200);
  });

  it.each([
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.evil",
    "https://sub.app.example",
    "null",
    "nonsense",
    "",
  ])("of the origin '%s' may neither send a preflight nor call", async (origin) => {
    for (const response of [
      await preflight(origin),
      await api.call("GET", "/api/devices", { headers: { origin } }),
    ]) {
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      await expectProblem(response, "origin_refused");
    }
  });

  it("of our origin as a trusted proxy forwards it may call", async () => {
    const headers = { origin: "https://dumbwaiter.example", "x-forwarded-host": "dumbwaiter.example" };
    expect((await proxied.call("GET", "/api/devices", { headers })).status).toBe(200);
    await expectProblem(await api.call("GET", "/api/devices", { headers }), "origin_refused");
  });
});

it("every response tells browsers not to store, render or frame it", async () => {
  const { headers } = await api.call("GET", "/api/devices");
  expect(Object.fromEntries(headers)).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none';frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "strict-transport-security": expect.stringContaining("max-age="),
  });
  expect([headers.has("x-powered-by"), headers.has("etag")]).toEqual([false, false]);
});
