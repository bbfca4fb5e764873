import { once } from "node:events";
import { IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { describe, expect, it } from "@jest/globals";
import { get, httpServerFixture } from "../../testing/http-server-fixture.ts";

const { start, send, refusals } = httpServerFixture();

describe("a body in many chunks", () => {
  const post = (chunks: number, chunk: string) =>
    [
      get("/", "Transfer-Encoding: chunked").replace("GET", "POST"),
      `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(chunks),
      "0\r\n\r\n",
    ].join("");

  it.each([
    ["read", async (request: IncomingMessage) => (await request.toArray()).length, 1],
    ["discarded after its answer", async (request: IncomingMessage) => request.resume(), 2],
    [
      "discarded by Express, which replaces its prototype",
      async (request: IncomingMessage) => {
        Object.setPrototypeOf(request, IncomingMessage.prototype);
      },
      2,
    ],
  ])("ends its connection when it is %s", async (_name, use, answers) => {
    await start(
      (request, response) =>
        void use(request).then(
          () => response.end("done"),
          () => {},
        ),
    );
    const connection = await send(post(1_000, "a"));
    await eventually(() => expect(connection.received).toContain("done"));
    connection.socket.write(post(4_000, "a"));
    await once(connection.socket, "close");
    expect(connection.received.match(/done/g)).toHaveLength(answers);
  });

  it("is read no further, though it is asked for, and the next connection's body is", async () => {
    const sockets: Socket[] = [];
    await start((request, response) => {
      sockets.push(request.socket);
      request.toArray().then(
        (parts) => response.end(`read ${Buffer.concat(parts)}`),
        () => {},
      );
    });
    const flood = await send(post(100_000, "a"));
    await eventually(() => expect(flood.socket.destroyed).toBe(true));
    expect(sockets[0]?.bytesRead).toBeLessThan(200_000);
    // Node's parsers are used again.
    const next = await send(post(3, "abc"));
    await eventually(() => expect(next.received).toContain("read abcabcabc"));
  });

  it("leaves a parser that reads the next connection's body, when too many requests follow in one piece", async () => {
    await start((request, response) => {
      request.toArray().then(
        (parts) => response.end(`read ${Buffer.concat(parts)}`),
        () => {},
      );
    });
    const flood = await send(post(1_100, "a") + get("/").repeat(18));
    await eventually(async () => expect(await refusals("pipelined")).toBe(1));
    const next = await send(post(3, "abc"));
    await eventually(() => expect(next.received).toContain("read"));
    expect(next.received).toContain("read abcabcabc");
    expect(flood.socket.destroyed).toBe(false);
  });
});

describe("a body that is answered unread", () => {
  it("is discarded in turn with those of others, and the next request of each connection is answered", async () => {
    await start((request, response) => response.end(`${request.method} answered`));
    const body = "a".repeat(250_000);
    const post = get("/", `Content-Length: ${body.length}`).replace("GET", "POST") + body;
    const connections = await Promise.all(Array.from({ length: 40 }, () => send(post)));
    for (const connection of connections) {
      await eventually(() => expect(connection.received).toContain("POST answered"));
      connection.socket.write(get("/"));
    }
    for (const connection of connections) {
      await eventually(() => expect(connection.received).toContain("GET answered"));
    }
  });

  it("waits for its turn with at most 500 others", async () => {
    const held: { request: IncomingMessage; response: ServerResponse }[] = [];
    await start((request, response) => held.push({ request, response }));
    const post = `${get("/", "Content-Length: 1").replace("GET", "POST")}a`;
    const connections = await Promise.all(Array.from({ length: 50 }, () => send(post.repeat(15))));
    await eventually(() => expect(held).toHaveLength(750));
    const answered: IncomingMessage[] = [];
    let mostWaiting = 0;
    for (const { request, response } of held) {
      response.on("finish", () => {
        const waiting = answered.filter(({ readableFlowing }) => !readableFlowing).length;
        mostWaiting = Math.max(mostWaiting, waiting);
        answered.push(request);
      });
      response.end("answered");
    }
    await eventually(() => {
      for (const { received } of connections) expect(received.match(/answered/g)).toHaveLength(15);
    });
    expect(mostWaiting).toBeLessThanOrEqual(500);
    await eventually(() => expect(answered.every(({ readableFlowing }) => readableFlowing)).toBe(true));
  });
});
