import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { LOOPBACK } from "../servers/index.ts";

/** A TCP proxy between services and a server, which a test can break and mend. */
export interface FaultyLink {
  /** As the server's own address, but for the port. */
  readonly port: number;
  /** Ends all connections, and every new one at once. */
  drop(): void;
  /** All connections, new ones too, stay open and carry nothing. */
  hold(): void;
  /** New connections work. Those that were held never will: their other end is long gone. */
  mend(): void;
  close(): Promise<void>;
}

export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const sockets = new Set<Socket>();
  let state: "whole" | "dropping" | "holding" = "whole";

  function track(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  }

  const server = createServer((inbound) => {
    if (state === "dropping") return void inbound.resetAndDestroy();
    track(inbound);
    if (state === "holding") return void inbound.pause();
    const outbound = track(connect(targetPort, LOOPBACK));
    inbound.pipe(outbound).pipe(inbound);
    inbound.once("close", () => outbound.destroy());
    outbound.once("close", () => inbound.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    drop() {
      state = "dropping";
      for (const socket of sockets) socket.resetAndDestroy();
    },
    hold() {
      state = "holding";
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      state = "whole";
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
