import { parseAccessKey } from "@dumbwaiter/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, BOB, startTestApi, type TestApi } from "../../testing/test-api.ts";

const PATH = "/api/user/access-key";
const KEY = Buffer.alloc(16, "secret").toString("base64");
const OTHER_KEY = Buffer.alloc(64, "another").toString("base64");

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
afterEach(() => api.removeUsers(ALICE, BOB));

const set = (body: unknown, sub = "alice") =>
  api.token({ sub }).then((token) => api.call("PUT", PATH, { token, body }));
const stored = () => api.store.accessKeys.lookup([ALICE, BOB]);

describe("/api/user/access-key", () => {
  it("sets a key, tells since when, and removes it, as often as it is asked to", async () => {
    await expectProblem(await api.call("GET", PATH), "not_found");
    const before = Date.now();
    const answer = await set({ accessKey: KEY });
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(await stored()).toEqual(new Map([[ALICE, parseAccessKey(KEY)]]));

    const state = await api.call("GET", PATH);
    expect(state.status).toBe(200);
    const json = (await state.json()) as { setAt: string };
    expect(json).toEqual({ setAt: new Date(json.setAt).toISOString() });
    expect(Date.parse(json.setAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(json.setAt)).toBeLessThanOrEqual(Date.now());

    for (let time = 0; time < 2; time += 1) expect((await api.call("DELETE", PATH)).status).toBe(204);
    await expectProblem(await api.call("GET", PATH), "not_found");
    expect(await stored()).toEqual(new Map());
  });

  it("replaces a key, of this user alone", async () => {
    await set({ accessKey: KEY }, "bob");
    await set({ accessKey: KEY });
    await set({ accessKey: OTHER_KEY });
    expect(await stored()).toEqual(
      new Map([
        [ALICE, parseAccessKey(OTHER_KEY)],
        [BOB, parseAccessKey(KEY)],
      ]),
    );
  });

  it("goes with the user", async () => {
    await set({ accessKey: KEY });
    expect((await api.call("DELETE", "/api/user")).status).toBe(204);
    await expectProblem(await api.call("GET", PATH), "not_found");
    expect(await stored()).toEqual(new Map());
  });

  it("neither answers, logs nor counts the key or its hash", async () => {
    const texts: string[] = [];
    for (const body of [{ accessKey: KEY }, { accessKey: `${KEY}=` }, { accessKey: OTHER_KEY, more: KEY }]) {
      const answer = await set(body);
      texts.push(JSON.stringify([...answer.headers]) + (await answer.text()));
    }
    texts.push(await (await api.call("GET", PATH)).text(), api.log(), await api.registry.metrics());
    for (const text of texts) {
      for (const key of [KEY, OTHER_KEY]) {
        expect(text).not.toContain(key.slice(0, 20));
        expect(text).not.toContain(parseAccessKey(key));
      }
    }
  });
});

describe("PUT /api/user/access-key refuses", () => {
  it.each<[string, unknown, string?]>([
    ["no key", {}, "accessKey"],
    ["null", { accessKey: null }, "accessKey"],
    ["a number", { accessKey: 7 }, "accessKey"],
    ["an empty key", { accessKey: "" }, "accessKey"],
    ["15 bytes", { accessKey: Buffer.alloc(15).toString("base64") }, "accessKey"],
    ["65 bytes", { accessKey: Buffer.alloc(65).toString("base64") }, "accessKey"],
    ["60 KB", { accessKey: "A".repeat(60_000) }, "accessKey"],
    ["base64 without padding", { accessKey: KEY.replaceAll("=", "") }, "accessKey"],
    ["the URL-safe alphabet", { accessKey: Buffer.alloc(18, 255).toString("base64url") }, "accessKey"],
    ["a line break", { accessKey: `${KEY}\n` }, "accessKey"],
    ["another field", { accessKey: KEY, setAt: 1 }, "setAt"],
    ["a misspelt field", { accesskey: KEY }, "accessKey"],
    ["a list", [KEY]],
    ["null for the body", "null"],
  ])("%s", async (_name, body, ...[path]) => {
    const problem = await expectProblem(await set(body), "invalid_request", path);
    expect(JSON.stringify(problem)).not.toMatch(/invalid input|expected|received/i);
    expect(await stored()).toEqual(new Map());
  });

  it("no body, another type, and a key twice", async () => {
    await expectProblem(await api.call("PUT", PATH), "unsupported_media_type");
    const headers = { "content-type": "text/plain" };
    await expectProblem(await api.call("PUT", PATH, { body: "{}", headers }), "unsupported_media_type");
    const twice = `{"accessKey":"${KEY}","accessKey":"${KEY}"}`;
    await expectProblem(await set(twice), "invalid_json");
    await expectProblem(await api.call("POST", PATH), "method_not_allowed");
  });
});

it("calls about access keys count as calls about devices", async () => {
  const limited = await startTestApi({ limits: { deviceBurst: 2, deviceRatePerSecond: 0.001 } });
  try {
    await limited.call("PUT", PATH, { body: { accessKey: KEY } });
    await limited.call("GET", "/api/devices");
    await expectProblem(await limited.call("GET", PATH), "rate_limited");
  } finally {
    await limited.close();
  }
});
