import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "@jest/globals";
import { closeGracefully } from "./http-server.ts";

it("closing gracefully answers requests under way and those that follow, then closes idle connections", async () => {
  const answers: (() => void)[] = [];
  const server = createServer(
    { keepAliveTimeout: 620_000, connectionsCheckingInterval: 1_000 },
    (_request, response) => {
      answers.push(() => response.end("answered"));
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const idle = connect(port, "127.0.0.1");
  const idleClosed = once(idle.resume(), "close");
  const request = () =>
    once(get({ port, host: "127.0.0.1", agent }), "response") as Promise<[IncomingMessage]>;
  const [underWay, next] = [request(), request()];
  await once(server, "request");

  const closed = closeGracefully(server);
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  answers[0]?.();
  const [first] = await underWay;
  expect([first.statusCode, first.headers.connection]).toEqual([200, "keep-alive"]);
  first.resume();
  await once(server, "request");
  answers[1]?.();
  const [second] = await next;
  expect([second.statusCode, second.headers.connection]).toEqual([200, "close"]);
  second.resume();
  await idleClosed;
  await closed;
  await closeGracefully(server);
});
