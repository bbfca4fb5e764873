import { subscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";

/**
 * Lets each stream of HTTP/2 that has closed forget its listeners, and so the call to Google that they belong to. Node
 * makes a function for each stream that V8 takes for an old object, which holds the stream until all of the heap is
 * marked: see ADR 59.
 */
export function forgetClosedStreams(): void {
  subscribe("http2.client.stream.close", (message) => {
    const { stream } = message as { readonly stream: ClientHttp2Stream };
    stream.once("close", () => stream.removeAllListeners());
  });
}
