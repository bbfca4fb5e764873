import type { IncomingMessage } from "node:http";
import { linger } from "./linger.ts";

/** A body of 256 KiB in chunks of 256 bytes. Each costs as much as one of 64 KiB. */
const MAX_CHUNKS = 1024;

/**
 * Makes a request end its connection when its body comes in very many chunks, whether it is read or discarded. The
 * methods are those that Node's parser calls, and its own: Express replaces the prototype of a request.
 */
export function limitChunks(request: IncomingMessage): void {
  const { push } = request;
  let chunks = 0;
  request.push = (chunk, encoding) => {
    chunks += 1;
    if (chunks <= MAX_CHUNKS) return push.call(request, chunk, encoding);
    if (chunks === MAX_CHUNKS + 1) linger(request.socket);
    return false;
  };
  // Node would discard the rest of a body whose request is answered without a word.
  Object.assign(request, {
    _dump() {
      request.removeAllListeners("data");
      request.resume();
    },
  });
}
