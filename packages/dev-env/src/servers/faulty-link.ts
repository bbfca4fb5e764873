import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { LOOPBACK } from "./server.ts";

/** A TCP proxy between clients and a server, which a test can break and mend. */
export interface FaultyLink {
  /** As the server's own address, but for the port. */
  readonly port: number;
  /** Resets all connections, and every new one at once. */
  drop(): void;
  /**
   * All connections, new ones too, stay open and carry nothing. The server keeps its end, as it does when a peer has
   * vanished without a word.
   */
  hold(): void;
  /** As `hold`, for the connections that there are; new ones work. */
  stall(): void;
  /** The connections that there are carry what clients send, and lose every answer; new ones work. */
  mute(): void;
  /** New connections work. Those that were held never will. */
  mend(): void;
  close(): Promise<void>;
}

export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const sockets = new Set<Socket>();
  const held = new WeakSet<Socket>();
  const answers = new Map<Socket, Socket>();
  let state: "whole" | "dropping" | "holding" = "whole";

  function track(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  }

  function stall(): void {
    for (const socket of sockets) {
      held.add(socket);
      socket.unpipe().pause();
    }
  }

  const server = createServer((inbound) => {
    if (state === "dropping") return void inbound.resetAndDestroy();
    track(inbound);
    if (state === "holding") return void inbound.pause();
    const outbound = track(connect(targetPort, LOOPBACK));
    inbound.pipe(outbound).pipe(inbound);
    answers.set(outbound, inbound);
    inbound.once("close", () => !held.has(outbound) && outbound.destroy());
    outbound.once("close", () => {
      answers.delete(outbound);
      inbound.destroy();
    });
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
      stall();
    },
    stall,
    mute() {
      for (const [outbound, inbound] of answers) outbound.unpipe(inbound).resume();
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
