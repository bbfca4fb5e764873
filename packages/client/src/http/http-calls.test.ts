import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHttpClient, type HttpClient } from "../index.ts";

const ENVELOPE = { recipientId: "urn:sm:user:bob", encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
const ACCEPTED: Answer = { status: 202, body: { id: "1" } };
const problem = (status: number, code: string, headers = {}) => ({
  status,
  headers,
  body: { code, detail: "no" },
});

describe("a call", () => {
  let server: Server;
  let client: HttpClient;
  let tokens: number;
  let answers: (Answer | "reset" | "never")[];
  let calls: {
    at: number;
    headers: IncomingHttpHeaders;
    method?: string | undefined;
    url?: string | undefined;
  }[];

  beforeEach(async () => {
    [answers, calls, tokens] = [[], [], 0];
    server = createServer((request, response) => {
      const { method, url, headers } = request;
      calls.push({ at: performance.now(), method, url, headers });
      const answer = answers.shift() ?? ACCEPTED;
      if (answer === "never") return;
      if (answer === "reset") {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, answer.headers);
      response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    client = createHttpClient({ url, token: () => `token-${++tokens}`, deviceId: "phone" });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("bears the token and the device", async () => {
    expect(await client.send(ENVELOPE)).toEqual({ id: "1" });
    expect(calls).toMatchObject([
      {
        method: "POST",
        url: "/api/send",
        headers: { authorization: "Bearer token-1", "x-device-id": "phone" },
      },
    ]);
  });

  it("is made again under the same key until it is accepted", async () => {
    answers = [
      "reset",
      problem(500, "internal"),
      { status: 502, body: "<html>" },
      problem(429, "queue_full"),
    ];
    expect(await client.send(ENVELOPE)).toEqual({ id: "1" });
    const keys = calls.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual(Array(5).fill(expect.stringMatching(KEY)));
    expect(new Set(keys).size).toBe(1);
    await client.send(ENVELOPE);
    expect(calls.at(-1)?.headers["idempotency-key"]).not.toBe(keys[0]);
  });

  it("waits for Retry-After", async () => {
    answers = [problem(429, "rate_limited", { "Retry-After": "1" })];
    await client.send(ENVELOPE);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("fails with the last error once the time is over", async () => {
    answers = [problem(503, "unavailable", { "Retry-After": "30" })];
    await expect(client.send(ENVELOPE, { timeoutMs: 5_000 })).rejects.toMatchObject({
      ...{ code: "unavailable", message: "no", status: 503, retryable: true, retryAfterMs: 30_000 },
    });
    expect(calls.length).toBe(1);
  });

  it("is refused for good without a retry, and says which field is wrong", async () => {
    answers = [{ status: 400, body: { code: "invalid_envelope", detail: "no", path: "signature" } }];
    await expect(client.send(ENVELOPE)).rejects.toMatchObject({
      ...{ code: "invalid_envelope", status: 400, retryable: false, path: "signature" },
    });
    expect(calls.length).toBe(1);
  });

  it("is made once more with another token when the first is refused", async () => {
    answers = [
      problem(401, "token_expired"),
      ACCEPTED,
      problem(401, "unauthenticated"),
      problem(401, "unauthenticated"),
    ];
    await client.send(ENVELOPE);
    await expect(client.send(ENVELOPE)).rejects.toMatchObject({ code: "unauthenticated", status: 401 });
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(
      [1, 2, 3, 4].map((number) => `Bearer token-${number}`),
    );
  });

  it("is made once more with another token, even if it is not to be retried", async () => {
    answers = [problem(401, "token_expired"), { status: 204, body: "" }, problem(503, "unavailable")];
    await client.ack(["1"], { timeoutMs: 0 });
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
    await expect(client.ack(["1"], { timeoutMs: 0 })).rejects.toMatchObject({ code: "unavailable" });
    expect(calls.length).toBe(3);
  });

  it("that drains fails with the first failure, and does not try once more", async () => {
    answers = [
      { status: 200, body: { messages: [{ id: "1", envelope: ENVELOPE }], hasMore: false } },
      problem(503, "unavailable", { "Retry-After": "120" }),
      problem(403, "device_mismatch"),
    ];
    const drained = (async () => {
      for await (const message of client.drain()) await message.ack();
    })();
    await expect(drained).rejects.toMatchObject({ code: "unavailable" });
    expect(calls.map(({ url }) => url)).toEqual(["/api/messages?limit=500", "/api/messages/ack"]);
  });

  it("that drains acknowledges when its loop is left", async () => {
    answers = [
      { status: 200, body: { messages: [{ id: "1", envelope: ENVELOPE }], hasMore: false } },
      { status: 204, body: "" },
    ];
    for await (const message of client.drain()) {
      await message.ack();
      break;
    }
    expect(calls.map(({ url }) => url)).toEqual(["/api/messages?limit=500", "/api/messages/ack"]);
  });

  it("ends when its signal aborts: under way, while it waits, and before it begins", async () => {
    for (const answer of ["never", problem(503, "unavailable", { "Retry-After": "30" })] as const) {
      answers = [answer];
      const abort = new AbortController();
      const before = calls.length;
      const call = client.send(ENVELOPE, { signal: abort.signal });
      const reason = new Error("enough");
      void eventually(() => expect(calls.length).toBe(before + 1)).finally(() => abort.abort(reason));
      await expect(call).rejects.toMatchObject({ code: "aborted", retryable: false, cause: reason });
    }
    const before = calls.length;
    await expect(client.send(ENVELOPE, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(calls.length).toBe(before);
  });

  it.each([
    ["a page", { status: 200, body: "<html>" }],
    ["other JSON", { status: 200, body: { hello: "world" } }],
    ["nothing", { status: 200, body: "" }],
    ["a redirect to nowhere", { status: 404, body: "<html>" }],
  ])("tells that %s is no answer of a Dumbwaiter", async (_name, answer) => {
    answers = Array(3).fill(answer);
    for (const call of [() => client.send(ENVELOPE), () => client.pull(), () => client.devices.list()]) {
      await expect(call()).rejects.toMatchObject({ code: "unexpected_response", retryable: false });
    }
  });

  it("acknowledges more than 500 ids in several calls", async () => {
    answers = Array(3).fill({ status: 204, body: "" });
    await client.ack(Array.from({ length: 1_001 }, (_, index) => String(index)));
    expect(calls.map(({ url }) => url)).toEqual(Array(3).fill("/api/messages/ack"));
  });

  it("sets, looks at and removes the access key", async () => {
    const setAt = "2026-11-29T05:00:00.000Z";
    answers = [
      { status: 204, body: "" },
      { status: 200, body: { setAt } },
      { status: 204, body: "" },
      problem(404, "not_found"),
      problem(403, "device_mismatch"),
    ];
    await client.accessKey.set("key");
    expect(await client.accessKey.setAt()).toBe(setAt);
    await client.accessKey.remove();
    expect(await client.accessKey.setAt()).toBeUndefined();
    await expect(client.accessKey.setAt()).rejects.toMatchObject({ code: "device_mismatch" });
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual(
      ["PUT", "GET", "DELETE", "GET", "GET"].map((method) => `${method} /api/user/access-key`),
    );
  });

  it("names any device", async () => {
    answers = [{ status: 204, body: "" }];
    await client.devices.remove("a/b?c");
    expect(calls).toMatchObject([{ method: "DELETE", url: "/api/devices/a%2Fb%3Fc" }]);
  });
});
