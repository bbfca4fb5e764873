import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** A body of 256 KiB in pieces of 64 bytes. Each piece costs as much as one of 64 KiB. */
const MAX_PIECES = 4096;

/** Connections that may send no request now. */
const full = new WeakSet<Socket>();

/** Whether the connection may send no request now: see {@link ClientRequest.upgrade}. */
export const isFull = (socket: Socket) => full.has(socket);

export function setFull(socket: Socket, value: boolean): void {
  if (value) full.add(socket);
  else full.delete(socket);
}

/** A request that ends its connection when its body comes in very many pieces, such as chunks of one byte. */
export class ClientRequest extends IncomingMessage {
  /** Set by the constructor of the base, so it must not be set again. */
  declare private isUpgrade: boolean;
  #pieces = 0;

  /**
   * Node goes on to parse the hundreds of requests that came in one piece, even once the connection is destroyed. Only
   * an upgrade ends that. So a request of a connection that may send none is taken for one.
   */
  set upgrade(offered: boolean) {
    this.isUpgrade = offered || isFull(this.socket);
  }

  get upgrade(): boolean {
    return this.isUpgrade;
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    this.#pieces += 1;
    if (this.#pieces <= MAX_PIECES) return super.push(chunk, encoding);
    this.socket.destroy();
    return false;
  }
}
