import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface ProxiedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

export interface UnreliableProxy {
  readonly url: string;
  /** The sends that came, in order. */
  readonly sends: readonly ProxiedCall[];
  close(): Promise<void>;
}

export const RETRY_AFTER_SECONDS = 2;

/**
 * Stands in front of an api: the first send reaches it, but its answer is lost with the connection; the second is
 * refused with 503 and `Retry-After`. All else passes.
 */
export async function startUnreliableProxy(target: string): Promise<UnreliableProxy> {
  const sends: ProxiedCall[] = [];
  const server = createServer((inbound, answer) => {
    const { url: path = "/", method, headers } = inbound;
    const attempt = path === "/api/send" ? sends.push({ path, headers, at: performance.now() }) : 0;
    if (attempt === 2) {
      inbound.resume();
      answer.writeHead(503, { "Retry-After": String(RETRY_AFTER_SECONDS) }).end();
      return;
    }
    const outbound = request(new URL(path, target), { method, headers }, (answered) => {
      if (attempt === 1) {
        answered.resume().once("end", () => inbound.socket.destroy());
        return;
      }
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    outbound.on("error", () => inbound.socket.destroy());
    inbound.pipe(outbound);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sends,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
