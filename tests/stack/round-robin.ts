import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { LOOPBACK } from "../servers/index.ts";

export interface RoundRobin {
  readonly url: string;
  close(): Promise<void>;
}

/** What a load balancer is to clients: each connection goes to the next port, and past those that refuse it. */
export async function startRoundRobin(ports: readonly number[]): Promise<RoundRobin> {
  const open = new Set<Socket>();
  let turn = 0;

  function track(socket: Socket): Socket {
    open.add(socket);
    return socket.on("close", () => open.delete(socket)).on("error", () => {});
  }

  async function join(inbound: Socket): Promise<void> {
    const first = turn++;
    for (let offset = 0; offset < ports.length; offset += 1) {
      const outbound = track(connect(ports[(first + offset) % ports.length] as number, LOOPBACK));
      const refused = await once(outbound, "connect").then(
        () => false,
        () => true,
      );
      if (refused) continue;
      inbound.pipe(outbound).pipe(inbound);
      inbound.once("close", () => outbound.destroy());
      outbound.once("close", () => inbound.destroy());
      return;
    }
    inbound.destroy();
  }

  const server = createServer((inbound) => void join(track(inbound)));
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
