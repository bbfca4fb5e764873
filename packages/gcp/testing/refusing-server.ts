import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { status } from "@grpc/grpc-js";

/** Refuses each call, and keeps the headers of the last of each method: Google's front end looks at nothing else. */
export async function startRefusingServer() {
  const received = new Map<string, IncomingHttpHeaders>();
  const refusal = { code: status.INVALID_ARGUMENT };
  const server = createServer().on("stream", (stream, headers) => {
    received.set(headers[":path"]?.split("/").at(-1) ?? "", headers);
    stream.on("error", () => {});
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": String(refusal.code) },
      { endStream: true },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    emulatorHost: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    refusal,
    close: () => new Promise((closed) => server.close(closed)),
  };
}
