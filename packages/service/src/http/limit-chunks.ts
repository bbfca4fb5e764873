import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
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
  // Not assigned as it is written: see ADR 59.
  const countingPush: typeof push = (chunk, encoding) => {
    chunks += 1;
    if (chunks <= MAX_CHUNKS) return push.call(request, chunk, encoding);
    if (chunks === MAX_CHUNKS + 1) {
      ignoreBody(request.socket);
      linger(request.socket);
    }
    return false;
  };
  request.push = countingPush;
  // Node would discard the rest of a body whose request is answered without a word.
  Object.assign(request, {
    _dump() {
      request.removeAllListeners("data");
      request.resume();
    },
  });
}

/** Where Node's parser has its listener for the chunks of a body. */
const ON_BODY = 3;

interface Parser {
  [ON_BODY]: unknown;
  /** Called by Node when the parser leaves its connection, before it serves another. */
  remove(): void;
}

/**
 * The parser goes on with the thousands of chunks that came in one piece. If nobody listens, it passes over them, in a
 * tenth of the time. It must listen again when it leaves the connection, which happens while this one is still open if
 * the next request in the same piece is an upgrade, or one too many.
 */
function ignoreBody(socket: Socket): void {
  const { parser } = socket as { readonly parser?: Parser | null };
  if (!parser) return;
  const { [ON_BODY]: onBody, remove } = parser;
  parser[ON_BODY] = undefined;
  parser.remove = () => {
    parser[ON_BODY] = onBody;
    parser.remove = remove;
    parser.remove();
  };
}
