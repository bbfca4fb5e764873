import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { LOOPBACK } from "../servers/index.ts";

export interface RoundRobin {
  readonly url: string;
  close(): Promise<void>;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A load balancer: each connection goes to the next of the current targets, skipping those that refuse it.
 */
export async function startRoundRobin(
  targets: () => readonly Target[],
  { host, port }: Target = { host: LOOPBACK, port: 0 },
): Promise<RoundRobin> {
  const open = new Set<Socket>();
  let turn = 0;

  function track(socket: Socket): Socket {
    open.add(socket);
    return socket.on("close", () => open.delete(socket)).on("error", () => {});
  }

  async function join(inbound: Socket): Promise<void> {
    const now = targets();
    const first = turn++ % Math.max(now.length, 1);
    for (const target of [...now.slice(first), ...now.slice(0, first)]) {
      const outbound = track(connect(target.port, target.host));
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
  server.listen(port, host);
  await once(server, "listening");
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
