import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach } from "@jest/globals";
import { Registry } from "prom-client";
import { createHttpServer, type HttpServerOptions } from "../src/http/create-http-server.ts";
import { closeNow, listen } from "../src/http/http-server.ts";

/** A connection, and what it has read. */
export interface RawConnection {
  readonly socket: Socket;
  received: string;
}

/** An HTTP server for each test, and clients that send it any bytes. Call it once, at the top of a file of tests. */
export function httpServerFixture() {
  const registry = new Registry();
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await closeNow(server);
    registry.resetMetrics();
  });

  return {
    async start(listener: RequestListener, options: Partial<HttpServerOptions> = {}): Promise<Server> {
      server = createHttpServer(listener, { registry, ...options });
      port = await listen(server, { port: 0, host: "127.0.0.1" });
      return server;
    },
    /** Sends these bytes in one piece, on a connection of their own. */
    async send(text: string, { reads = true } = {}): Promise<RawConnection> {
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket);
      const connection = { socket, received: "" };
      socket.on("error", () => {});
      if (reads) {
        socket.setEncoding("latin1").on("data", (data) => {
          connection.received += data;
        });
      }
      await once(socket, "connect");
      socket.write(text);
      return connection;
    },
    /** How many connections or requests were refused for this reason. */
    async refusals(reason: string): Promise<number> {
      const metric = registry.getSingleMetric("dumbwaiter_http_server_refusals_total");
      return (await metric?.get())?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
    },
  };
}

export const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");
