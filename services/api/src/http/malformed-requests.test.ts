import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
let socket: Socket;
let answer: string;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.token();
});
afterAll(() => api.close());

beforeEach(async () => {
  socket = connect(api.port, "127.0.0.1");
  answer = "";
  socket.setEncoding("latin1").on("data", (text) => {
    answer += text;
  });
  socket.on("error", () => {});
  await once(socket, "connect");
});

/** Whatever was sent, the api still serves, has published nothing and has logged no error of its own. */
afterEach(async () => {
  socket.destroy();
  expect((await api.call("GET", "/api/devices")).status).toBe(200);
  expect(api.published).toEqual([]);
  expect(await api.registry.metrics()).not.toMatch(/code="(internal|unavailable)"\} [1-9]/);
});

const send = (...headers: readonly string[]) =>
  ["POST /api/send HTTP/1.1", "Host: x", `Authorization: Bearer ${token}`, ...headers, "", ""].join("\r\n");

async function answered(): Promise<string> {
  while (!answer.includes("\r\n")) await once(socket, "data");
  return answer.slice(9, 12);
}

describe("the server refuses", () => {
  it.each([
    ["bytes that are not HTTP", "\x16\x03\x01\r\n\r\n", "400"],
    ["a header with a null byte", "GET /api/devices HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", "400"],
    ["no host", "GET /api/devices HTTP/1.1\r\n\r\n", "400"],
    ["headers of 17 KiB", `GET /api/devices HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(17_408)}\r\n\r\n`, "431"],
    ["a path of 17 KiB", `GET /${"a".repeat(17_408)} HTTP/1.1\r\nHost: x\r\n\r\n`, "431"],
    ["an invalid absolute URL", "GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", "404"],
    ["the path *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "404"],
    ["an unknown method", "BREW /api/send HTTP/1.1\r\nHost: x\r\n\r\n", "400"],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", ""],
    [
      "two lengths",
      "POST /api/send HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "400",
    ],
    [
      "a length and chunks",
      "POST /api/send HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "400",
    ],
  ])("%s", async (_name, request, status) => {
    const ended = once(socket, "close");
    socket.write(request, "latin1");
    if (status === "") await ended;
    expect(await (status === "" ? answer : answered())).toBe(status);
  });

  it("a body whose Content-Length is too large, before any of it arrives", async () => {
    socket.write(send("Content-Type: application/json", `Content-Length: ${MAX_ENVELOPE_BYTES + 1}`));
    expect(await answered()).toBe("413");
  });

  it("an endless body as soon as it is too large", async () => {
    socket.write(send("Content-Type: application/json", "Transfer-Encoding: chunked"));
    const chunk = `1000\r\n${"a".repeat(4096)}\r\n`;
    for (let sent = 0; sent <= MAX_ENVELOPE_BYTES; sent += 4096) socket.write(chunk);
    expect(await answered()).toBe("413");
    for (let n = 0; n < 100; n += 1) socket.write(chunk);
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  it("a body in broken chunks", async () => {
    socket.write(`${send("Content-Type: application/json", "Transfer-Encoding: chunked")}zz\r\n`);
    expect(await answered()).toBe("400");
  });

  it("without a warning when a client disconnects in the middle of its body", async () => {
    api.registry.resetMetrics();
    const text = JSON.stringify(ENVELOPE);
    socket.write(
      `${send("Content-Type: application/json", `Content-Length: ${text.length}`)}${text.slice(0, 20)}`,
    );
    while (!/code="invalid_request"\} [1-9]/.test(await api.registry.metrics())) {
      socket.destroy();
      await new Promise(setImmediate);
    }
    expect(api.log()).not.toMatch(/"level":"(warn|error)"/);
  });
});
