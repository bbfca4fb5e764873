import { type ServerOptions, WebSocketServer } from "ws";

/** Browsers send a large message in frames of 64 KiB or less. */
const MAX_FRAMES_PER_MESSAGE = 256;

/** A chunk that TCP delivers is rarely smaller, except the last of a message. */
const MIN_CHUNK_BYTES = 512;

/**
 * The server that Engine.IO creates, with bounds on the pieces of an unfinished message: each takes far more memory
 * than it has bytes.
 */
export function boundedWebSocketServer(maxMessageBytes: number) {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({
        ...options,
        maxFragments: MAX_FRAMES_PER_MESSAGE,
        maxBufferedChunks: Math.ceil(maxMessageBytes / MIN_CHUNK_BYTES),
      } as ServerOptions);
    }
  };
}
