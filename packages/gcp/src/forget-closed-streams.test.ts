import { once } from "node:events";
import { connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { promotedBytes } from "@dumbwaiter/dev-env/observe/promoted-bytes";
import { afterEach, expect, it } from "@jest/globals";
import { forgetClosedStreams } from "./forget-closed-streams.ts";

/** Objects that a listener of each stream holds. They have more than 50 bytes each. */
const WEIGHT = 1000;
const STREAMS = 50;

let server: Http2Server;
afterEach(() => {
  server.close();
});

it("leaves nothing that listened to a stream that has closed to the old objects", async () => {
  server = createServer().on("stream", (stream) => {
    stream.respond();
    stream.end("answer");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  forgetClosedStreams();
  const promoted = await promotedBytes(async () => {
    for (let opened = 0; opened < STREAMS; opened += 1) {
      const weight = Array.from({ length: WEIGHT }, () => ({}));
      const stream = session.request();
      stream.on("data", () => weight.length);
      await once(stream, "close");
    }
  });
  session.close();
  // The last one is still in use.
  expect(promoted).toBeLessThan((STREAMS * WEIGHT * 50) / 2);
});
