import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface SocketWrites {
  /** Calls that pass bytes to the operating system: `write` or `writev`. */
  readonly calls: number;
  readonly bytes: number;
}

/** Counts what a server writes to the sockets of its clients. @returns the counts so far */
export function countSocketWrites(server: Server): () => SocketWrites {
  let calls = 0;
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    sockets.push(socket);
    // A stream calls one of these for each write to its handle; what is corked goes in one `_writev`.
    for (const method of ["_write", "_writev"] as const) {
      const write = socket[method] as (...args: unknown[]) => void;
      Object.assign(socket, {
        [method](...args: unknown[]) {
          calls += 1;
          write.apply(socket, args);
        },
      });
    }
  });
  return () => ({ calls, bytes: sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0) });
}
