import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy that can turn its connections half-open: they stay, and carry nothing. */
export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes on the connections there are; those that come later work. */
  stall(): void;
  /** From now on connections are accepted and carry nothing. */
  stallForGood(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer((inbound) => {
    const outbound = connect(targetPort, "127.0.0.1");
    for (const socket of [inbound, outbound]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    // The server keeps its end, as it does when a peer has vanished without a word.
    inbound.pipe(outbound, { end: false });
    outbound.pipe(inbound);
    if (stalled) freeze(inbound, outbound);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    stall: () => freeze(...sockets),
    stallForGood() {
      stalled = true;
      freeze(...sockets);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function freeze(...sockets: Socket[]): void {
  for (const socket of sockets) {
    socket.unpipe();
    socket.pause();
  }
}
