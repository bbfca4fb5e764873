import type { ErrorCode } from "@dumbwaiter/core";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, ENVELOPE, MAX_DEVICES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
let queued: readonly string[];
beforeAll(async () => {
  api = await startTestApi();
  queued = await api.queue(ALICE, "default", [ENVELOPE, ENVELOPE]);
});
afterAll(() => api.close());

describe("a call without a valid token is refused:", () => {
  it.each([
    ["POST", "/api/send"],
    ["GET", "/api/messages"],
    ["POST", "/api/messages/ack"],
    ["PUT", "/api/devices/phone"],
    ["GET", "/api/devices"],
    ["DELETE", "/api/devices/default"],
    ["DELETE", "/api/user"],
    ["PUT", "/api/user/access-key"],
    ["GET", "/api/user/access-key"],
    ["DELETE", "/api/user/access-key"],
  ])("%s %s", async (method, path) => {
    await expectProblem(await api.call(method, path, { token: null }), "unauthenticated");
    const expired = await api.token({ exp: 1 });
    await expectProblem(await api.call(method, path, { token: expired }), "token_expired");
    const phone = await api.token({ device_id: "phone" });
    const headers = { "x-device-id": "laptop" };
    await expectProblem(await api.call(method, path, { token: phone, headers }), "device_mismatch");
    expect(await api.queued(ALICE, "default")).toEqual(queued);
  });
});

describe("a pull refuses", () => {
  it.each([
    "0",
    "-1",
    "1.5",
    "1e2",
    "0x10",
    "ten",
    "",
    "%20",
    "%205",
    "5%00",
    "NaN",
    "Infinity",
    "1&limit=2",
  ])("limit=%s", async (limit) => {
    await expectProblem(await api.call("GET", `/api/messages?limit=${limit}`), "invalid_request", "limit");
  });
});

describe("an acknowledgement refuses", () => {
  const ids = (count: number) => ({ messageIds: Array.from({ length: count }, () => queued[0]) });
  it.each<[string, () => unknown, ErrorCode, string?]>([
    ["501 ids", () => ids(501), "invalid_request", "messageIds"],
    ["100,000 ids", () => ids(100_000), "too_large"],
    ["an invalid UUID", () => ({ messageIds: [queued[0], "1"] }), "invalid_request", "messageIds.1"],
    ["a number", () => ({ messageIds: [1] }), "invalid_request", "messageIds.0"],
    ["a string for the list", () => ({ messageIds: queued[0] }), "invalid_request", "messageIds"],
    ["an object for the list", () => ({ messageIds: { 0: queued[0] } }), "invalid_request", "messageIds"],
    ["no list", () => ({}), "invalid_request", "messageIds"],
    ["a list at the top level", () => [queued[0]], "invalid_request"],
    ["an unknown field", () => ({ ...ids(1), all: true }), "invalid_request", "all"],
    ["a key twice", () => `{"messageIds":[],"messageIds":["${queued[0]}"]}`, "invalid_json"],
    [
      "a deep value",
      () => `{"messageIds":${"[".repeat(9000)}${"]".repeat(9000)}}`,
      "invalid_request",
      "messageIds.0",
    ],
    [
      "a deep __proto__",
      () => `{"messageIds":["${queued[0]}"],"__proto__":${"[".repeat(9000)}${"]".repeat(9000)}}`,
      "invalid_request",
      "__proto__",
    ],
    ["broken JSON", () => "{", "invalid_json"],
    ["nothing", () => "", "invalid_json"],
  ])("%s", async (_name, makeBody, code, ...[path]) => {
    await expectProblem(await api.call("POST", "/api/messages/ack", { body: makeBody() }), code, path);
    expect(await api.queued(ALICE, "default")).toEqual(queued);
  });

  it("another content type", async () => {
    const headers = { "content-type": "text/plain" };
    const response = await api.call("POST", "/api/messages/ack", {
      body: `{"messageIds":["${queued[0]}"]}`,
      headers,
    });
    await expectProblem(response, "unsupported_media_type");
    expect(await api.queued(ALICE, "default")).toEqual(queued);
  });
});

describe("a registration refuses", () => {
  const push = { platform: "ios", token: "abc" };
  it.each<[string, unknown, ErrorCode, string?]>([
    ["an unknown platform", { push: { ...push, platform: "pager" } }, "invalid_request", "push.platform"],
    ["no token", { push: { platform: "ios" } }, "invalid_request", "push.token"],
    ["an empty token", { push: { ...push, token: "" } }, "invalid_request", "push.token"],
    ["a token with a null byte", { push: { ...push, token: "a\0b" } }, "invalid_request", "push.token"],
    ["half a surrogate pair", { push: { ...push, token: "\ud800" } }, "invalid_request", "push.token"],
    [
      "a token of 4,097 characters",
      { push: { ...push, token: "a".repeat(4097) } },
      "invalid_request",
      "push.token",
    ],
    ["null for the target", { push: null }, "invalid_request", "push"],
    ["an unknown field", { push, name: "x" }, "invalid_request", "name"],
    ["an unknown field of the target", { push: { ...push, x: 1 } }, "invalid_request", "push.x"],
    [
      "a key __proto__",
      '{"push":{"platform":"ios","token":"abc","__proto__":{}}}',
      "invalid_request",
      "push.__proto__",
    ],
    ["a key twice", '{"push":{"platform":"ios","platform":"web","token":"abc"}}', "invalid_json"],
    ["a list", [], "invalid_request"],
    ["over 64 KiB", { push: { ...push, token: "a".repeat(70_000) } }, "too_large"],
  ])("%s", async (_name, body, code, ...[path]) => {
    await expectProblem(await api.call("PUT", "/api/devices/phone", { body }), code, path);
    expect(await registered()).toEqual(["default"]);
  });

  it.each(["a%2Fb", "..%2F..", "a.b", "%00", "_x", "__proto__", "a".repeat(65), "%F0%9F%98%80"])(
    "the device %s",
    async (device) => {
      for (const method of ["PUT", "DELETE"]) {
        const response = await api.call(method, `/api/devices/${device}`);
        await expectProblem(response, "invalid_request", "deviceId");
      }
      expect(await registered()).toEqual(["default"]);
    },
  );

  it("another device than the token's", async () => {
    const token = await api.token({ device_id: "phone" });
    await expectProblem(await api.call("PUT", "/api/devices/laptop", { token }), "device_mismatch");
    expect(await registered()).toEqual(["default"]);
  });

  it("too many devices for a user, and so does a pull", async () => {
    const token = await api.token({ sub: "carol" });
    for (let n = 0; n < MAX_DEVICES; n += 1) {
      expect((await api.call("PUT", `/api/devices/d${n}`, { token })).status).toBe(200);
    }
    await expectProblem(await api.call("PUT", "/api/devices/more", { token }), "too_many_devices");
    const headers = { "x-device-id": "more" };
    await expectProblem(await api.call("GET", "/api/messages", { token, headers }), "too_many_devices");
    expect((await api.call("PUT", "/api/devices/d0", { token })).status).toBe(200);
    const { devices } = (await (await api.call("GET", "/api/devices", { token })).json()) as {
      devices: object[];
    };
    expect(devices).toHaveLength(MAX_DEVICES);
  });

  async function registered(): Promise<string[]> {
    const { devices } = (await (await api.call("GET", "/api/devices")).json()) as {
      devices: { id: string }[];
    };
    return devices.map(({ id }) => id);
  }
});

describe("no such path:", () => {
  it.each<[string, string, ErrorCode]>([
    ["GET", "/", "not_found"],
    ["GET", "/api", "not_found"],
    ["GET", "/api/messages/1", "not_found"],
    ["GET", "/api/devices/a/b", "not_found"],
    ["GET", "/docs/..%2f..%2fpackage.json", "not_found"],
    ["GET", "/docs/package.json", "not_found"],
    ["GET", "/docs/nothing.js", "not_found"],
    ["POST", "/__proto__", "not_found"],
    ["DELETE", "/api/devices/nobody", "not_found"],
    ["PUT", "/api/devices/%E0%A4%A", "invalid_request"],
    ["GET", "/docs/%E0%A4%A", "not_found"],
    ["GET", "/%00", "not_found"],
  ])("%s %s", async (method, path, code) => {
    await expectProblem(await api.call(method, path), code);
  });

  it.each([
    ["/api/send", "POST"],
    ["/api/messages", "GET, HEAD"],
    ["/api/messages/ack", "POST"],
    ["/api/devices", "GET, HEAD"],
    ["/api/devices/phone", "PUT, DELETE"],
    ["/api/user", "DELETE"],
    ["/openapi.json", "GET, HEAD"],
    ["/docs", "GET, HEAD"],
  ])("%s allows %s", async (path, allow) => {
    for (const method of ["PATCH", "OPTIONS", allow.includes("PUT") ? "POST" : "PUT"]) {
      const response = await api.call(method, path);
      expect(response.headers.get("allow")).toBe(allow);
      await expectProblem(response, "method_not_allowed");
    }
  });
});
