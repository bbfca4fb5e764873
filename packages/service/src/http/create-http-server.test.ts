import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { describe, expect, it } from "@jest/globals";
import { get, httpServerFixture } from "../../testing/http-server-fixture.ts";

const { start, send, refusals } = httpServerFixture();

describe("upgrades", () => {
  const H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"];
  const echo: RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end(`${request.method} ${request.url} ${body};`);
  };

  it.each([
    ["alone", false],
    ["beside Socket.IO", true],
  ])("serves a request that offers h2c as HTTP/1.1, %s", async (_name, hasSockets) => {
    const server = await start(echo);
    if (hasSockets) server.on("upgrade", (_request, socket) => socket.destroy());
    const connection = await send(get("/get", ...H2C));
    await eventually(() => expect(connection.received).toContain("GET /get ;"));
    connection.socket.write(get("/post", ...H2C, "Content-Length: 5").replace("GET", "POST"));
    connection.socket.write("hello");
    await eventually(() => expect(connection.received).toContain("POST /post hello;"));
    connection.socket.write(get("/after"));
    await eventually(() => expect(connection.received).toContain("GET /after ;"));
    expect(connection.received.match(/HTTP\/1\.1 \d+/g)).toEqual(Array(3).fill("HTTP/1.1 200"));
  });

  it("serves a request that offers a WebSocket as if it did not, where nobody takes it over", async () => {
    await start(echo);
    const connection = await send(get("/get", "Connection: Upgrade", "Upgrade: websocket"));
    await eventually(() => expect(connection.received).toContain("GET /get ;"));
  });

  it("hands WebSockets over, unless their Host is not allowed", async () => {
    const server = await start(echo, { allowedHosts: ["localhost"] });
    server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    const webSocket = ["Connection: Upgrade", "Upgrade: WebSocket"];
    const allowed = await send(get("/", ...webSocket));
    await eventually(() => expect(allowed.received).toMatch(/^HTTP\/1\.1 101/));
    const refused = await send(get("/", ...webSocket).replace("localhost", "evil.example"));
    await eventually(() => expect(refused.received).toMatch(/^HTTP\/1\.1 403 /));
  });
});

describe("Host names", () => {
  const names = ["localhost", "127.0.0.1", "[::1]"];

  it.each([
    ["localhost", 200],
    ["LocalHost:8080", 200],
    ["127.0.0.1:1", 200],
    ["[::1]:8080", 200],
    ["evil.example", 403],
    ["localhost.evil.example:8080", 403],
    ["evil.example:localhost", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost:80:80", 403],
    ["", 403],
  ])("answers %s with %d", async (host, status) => {
    const served: string[] = [];
    await start((request, response) => response.end(`request ${served.push(String(request.headers.host))}`), {
      allowedHosts: names,
    });
    const { received } = await answered(get("/").replace("localhost", host));
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(served).toHaveLength(status === 200 ? 1 : 0);
    if (status === 403) expect(received).toMatch(/application\/problem\+json[\s\S]*"code":"origin_refused"/);
  });

  it("serves every name where none are given", async () => {
    await start((_request, response) => response.end("served"));
    expect((await answered(get("/").replace("localhost", "any.example"))).received).toContain("served");
  });

  async function answered(request: string) {
    const connection = await send(request);
    await eventually(() => expect(connection.received).toContain("\r\n\r\n"));
    return connection;
  }
});

describe("a client that does not wait for its answers", () => {
  it("may have 16 requests unanswered", async () => {
    const responses: ServerResponse[] = [];
    await start((_request, response) => responses.push(response));
    const connection = await send(get("/").repeat(16));
    await eventually(() => expect(responses).toHaveLength(16));
    for (const response of responses) response.end("answer;");
    await eventually(() => expect(connection.received.match(/answer;/g)).toHaveLength(16));
    connection.socket.write(get("/").repeat(16));
    await eventually(() => expect(responses).toHaveLength(32));
  });

  it("loses its connection with the 17th, and hears no more before", async () => {
    const seen: ServerResponse[] = [];
    const told: number[] = [];
    await start((_request, response) => {
      const index = seen.push(response) - 1;
      response.on("close", () => told.push(index));
    });
    const { socket } = await send(get("/").repeat(16));
    await eventually(() => expect(seen).toHaveLength(16));
    socket.write(get("/").repeat(900));
    await eventually(async () => expect(await refusals("pipelined")).toBe(1));
    await once(socket, "close");
    // Those that wait behind the first are told as well, and once.
    await eventually(() => expect(told).toHaveLength(16));
    expect(new Set(told).size).toBe(16);
    expect(seen.map(({ closed }) => closed)).toEqual(Array(16).fill(true));
    expect(await refusals("pipelined")).toBe(1);
  });

  it("has none of them served when all come in one piece", async () => {
    let served = 0;
    await start((_request, response) => response.end(`${served++}`));
    const connection = await send(get("/").repeat(900));
    await once(connection.socket, "close");
    expect([served, connection.received]).toEqual([0, ""]);
  });
});

describe("a connection that gets only refusals", () => {
  it("gets them slowly, which delays no other connection", async () => {
    await start((_request, response) => response.end("served"), { allowedHosts: ["localhost"] });
    const wrong = get("/").replace("localhost", "evil.example");
    const connection = await send("");
    const refused = () => connection.received.match(/ 403 /g)?.length ?? 0;
    connection.socket.write(wrong.repeat(16));
    await eventually(() => expect(refused()).toBeGreaterThanOrEqual(10));
    const other = await send(wrong);
    await eventually(() => expect(other.received).toContain(" 403 "));
    expect(refused()).toBeLessThan(16);
    await eventually(() => expect(refused()).toBe(16));
  });
});

describe("a client that does not read", () => {
  const BYTES = Buffer.alloc(64 * 1024 * 1024);

  it("loses its connection, while idle connections and slow handlers keep theirs", async () => {
    const slow: ServerResponse[] = [];
    await start(
      (request, response) => {
        if (request.url === "/large") response.end(BYTES);
        else if (request.url === "/slow") slow.push(response);
        else response.end("small");
      },
      { stallMs: 300 },
    );
    const [idle, waiting] = [await send(get("/")), await send(get("/slow"))];
    await eventually(() => expect([idle.received.length > 0, slow.length]).toEqual([true, 1]));
    await send(get("/large"), { reads: false });
    await eventually(async () => expect(await refusals("stalled")).toBe(1));
    slow[0]?.end("late");
    idle.socket.write(get("/"));
    await eventually(() => expect(waiting.received).toContain("late"));
    await eventually(() => expect(idle.received.match(/small/g)).toHaveLength(2));
    expect(await refusals("stalled")).toBe(1);
  });

  it("keeps its connection when it reads slowly", async () => {
    const stallMs = 500;
    // The kernel takes more only when much of what it holds was read.
    const step = 4 * 1024 * 1024;
    await start((_request, response) => response.end(BYTES), { stallMs });
    const { socket } = await send(get("/"), { reads: false });
    let [bytes, pauses] = [0, 0];
    socket.on("data", (data) => {
      bytes += data.length;
      if (bytes < (pauses + 1) * step) return;
      pauses += 1;
      socket.pause();
      setTimeout(() => socket.resume(), stallMs / 4);
    });
    await eventually(() => expect(pauses).toBe(8));
    expect(socket.destroyed).toBe(false);
    expect(await refusals("stalled")).toBe(0);
  });
});
