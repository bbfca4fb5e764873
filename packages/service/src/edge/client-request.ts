import { IncomingMessage } from "node:http";

/** A body of 256 KiB in pieces of 64 bytes. Each piece costs as much as one of 64 KiB. */
const MAX_PIECES = 4096;

/** A request that ends its connection when its body comes in very many pieces, such as chunks of one byte. */
export class ClientRequest extends IncomingMessage {
  #pieces = 0;

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    this.#pieces += 1;
    if (this.#pieces > MAX_PIECES) this.socket.destroy();
    return super.push(chunk, encoding);
  }
}
