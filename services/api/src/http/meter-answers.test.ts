import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";
import { openApiDocument } from "../openapi/open-api-document.ts";

let api: TestApi;
let away = false;
let underWay = 0;
let resume = Promise.resolve();

beforeAll(async () => {
  api = await startTestApi({
    wrapQueues: (queues) =>
      overridden(queues, {
        async page(...args) {
          underWay += 1;
          await resume;
          if (away) throw new Error("away");
          return queues.page(...args);
        },
      }),
  });
});
afterAll(() => api.close());

/** The number of answers, which the histogram has counted too. */
async function answers(method: string, route: string, statusClass: string): Promise<number> {
  const text = await api.registry.metrics();
  const labels = `http_request_method="${method}",http_route="${route}",status_class="${statusClass}"`;
  const value = (name: string) => text.split("\n").find((line) => line.startsWith(`${name}{${labels}}`));
  const count = value("dumbwaiter_http_server_requests_total")?.split(" ")[1];
  expect(value("dumbwaiter_http_server_request_duration_seconds_count")?.split(" ")[1]).toBe(count);
  return Number(count);
}

describe("the answers to HTTP requests", () => {
  it.each([
    ["POST", "/api/send", "/api/send", "2xx", { body: ENVELOPE }],
    ["POST", "/api/send", "/api/send", "4xx", { body: {} }],
    ["POST", "/api/send?by=express", "/api/send", "4xx", { body: {} }],
    ["GET", "/api/messages", "/api/messages", "2xx", {}],
    ["GET", "/api/messages?limit=x", "/api/messages", "4xx", {}],
    ["PUT", "/api/devices/phone", "/api/devices/:deviceId", "2xx", {}],
    ["DELETE", "/api/devices/unknown", "/api/devices/:deviceId", "4xx", { token: null }],
  ] as const)("to %s %s are counted by route: %s %s", async (method, path, route, statusClass, options) => {
    const before = await answers(method, route, statusClass);
    await api.call(method, path, options);
    await eventually(async () => expect(await answers(method, route, statusClass)).toBe(before + 1));
  });

  it.each([
    ["POST", "/api/messages"],
    ["PATCH", "/api/send"],
    ["GET", "/nothing/here"],
    ["GET", "/%zz"],
  ])("to %s %s are counted as others", async (method, path) => {
    const before = await answers("_OTHER", "_OTHER", "4xx");
    await api.call(method, path);
    await eventually(async () => expect(await answers("_OTHER", "_OTHER", "4xx")).toBe(before + 1));
  });

  it("count as failed where the store is away, and as the client's where the client is", async () => {
    away = true;
    await api.call("GET", "/api/messages");
    away = false;
    await eventually(async () => expect(await answers("GET", "/api/messages", "5xx")).toBe(1));

    const before = await answers("GET", "/api/messages", "4xx");
    const held = Promise.withResolvers<void>();
    resume = held.promise;
    const begun = underWay;
    const { hostname, port, host } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(
      `GET /api/messages HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${await api.token()}\r\n\r\n`,
    );
    await eventually(() => expect(underWay).toBeGreaterThan(begun));
    socket.destroy();
    await eventually(async () => expect(await answers("GET", "/api/messages", "4xx")).toBe(before + 1));
    held.resolve();
  });

  it("have a series for each call that is documented", async () => {
    const { paths } = openApiDocument({ maxEnvelopeBytes: 1, allowedOrigins: [], trustProxy: false }) as {
      paths: Record<string, object>;
    };
    const counted = (await api.registry.getMetricsAsJSON()).find(
      ({ name }) => name === "dumbwaiter_http_server_requests_total",
    );
    const calls = counted?.values.map(({ labels }) => `${labels.http_request_method} ${labels.http_route}`);
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      ["get", "put", "post", "delete"].flatMap((method) =>
        method in operations ? `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}` : [],
      ),
    );
    expect([...new Set(calls)].sort()).toEqual([...documented, "_OTHER _OTHER"].sort());
  });
});
