import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { type ProcessIo, run } from "../run.ts";

/** Runs the command in this process. @param onSignal gets what a signal calls */
function listen(
  url: string,
  args: readonly string[],
  onSignal: (signal: () => void) => void,
): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const env = { DUMBWAITER_URL: url, DUMBWAITER_TOKEN: "token" };
  const once: ProcessIo["once"] = (_signal, listener) => onSignal(listener);
  return run(["listen", ...args], { stdin, stdout, stderr, env, once });
}

it.each([[[]], [["--until-empty"]]])(
  "listen %j heeds a signal that comes before it connects",
  async (args) => {
    let calls = 0;
    const server = createServer((_request, response) => {
      calls += 1;
      response.writeHead(503).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      expect(await listen(`http://127.0.0.1:${port}`, args, (signal) => signal())).toBe(0);
      expect(calls).toBe(0);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
);

it("listen --until-empty heeds a signal while it waits for an answer", async () => {
  let stop = () => {};
  const server = createServer(() => stop()).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const exitCode = await listen(`http://127.0.0.1:${port}`, ["--until-empty"], (signal) => {
      stop = signal;
    });
    expect(exitCode).toBe(0);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
