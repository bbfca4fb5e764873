import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createHttpServer } from "./create-http-server.ts";
import { closeGracefully } from "./http-server.ts";

it("closing gracefully answers requests under way and those that follow, then closes idle connections", async () => {
  const answers: (() => void)[] = [];
  const server = createHttpServer((_request, response) => answers.push(() => response.end("answered")), {
    registry: new Registry(),
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const silent = connect(port, "127.0.0.1");
  const silentClosed = once(silent.resume(), "close");
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const busy = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Sends a request, and waits until the server has it. */
  async function request(agent: Agent) {
    const response = once(get({ port, host: "127.0.0.1", agent }), "response") as Promise<[IncomingMessage]>;
    await once(server, "request");
    const answer = response.then(([message]) => {
      message.resume();
      return [message.statusCode, message.headers.connection];
    });
    return { answer, respond: answers.at(-1) as () => void };
  }

  const idle = await request(kept);
  idle.respond();
  expect(await idle.answer).toEqual([200, "keep-alive"]);
  const underWay = await request(busy);

  const closed = closeGracefully(server);
  const following = await request(kept);
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  for (const { answer, respond } of [underWay, following]) {
    respond();
    expect(await answer).toEqual([200, "close"]);
  }
  await silentClosed;
  await closed;
  await closeGracefully(server);
});
