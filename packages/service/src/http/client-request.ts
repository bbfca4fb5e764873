import type { IncomingMessage as AnyRequest } from "node:http";
import type { Socket } from "node:net";
import { IncomingMessage } from "./node-http.ts";

/** Connections that may send no request now. */
const full = new WeakSet<Socket>();

/** Whether the connection may send no request now: see {@link ClientRequest.upgrade}. */
export const isFull = (socket: Socket) => full.has(socket);

export function setFull(socket: Socket, value: boolean): void {
  if (value) full.add(socket);
  else full.delete(socket);
}

/** A request as Node's parser makes it. */
export class ClientRequest extends IncomingMessage {
  /** When its headers had come. */
  readonly receivedAt = performance.now();
  /** Set by the constructor of the base, so it must not be set again. */
  declare private isUpgrade: boolean;

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
}

/** @returns when the headers of a request had come, by the clock of `performance`; now, if the server is not ours */
export function receivedAt(request: AnyRequest): number {
  return (request as Partial<ClientRequest>).receivedAt ?? performance.now();
}
