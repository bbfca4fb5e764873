import type { ClientConnection } from "./client-connection.ts";

/** More than the acks that a client with a full window has in flight if it sends one per message. */
const MAX_IN_FLIGHT = 64;

/** Responses that wait in Engine.IO's buffer. */
const MAX_WAITING_PACKETS = 1_000;

/**
 * Bounds what one client can make us hold: while too many of its requests are in flight, or too many responses wait
 * to be written to it, nothing more is read from its connection.
 */
export class ReadingGate {
  readonly #connection: ClientConnection;
  readonly #maxWaitingBytes: number;
  #inFlight = 0;
  #paused = false;

  constructor(connection: ClientConnection, maxWaitingBytes: number) {
    this.#connection = connection;
    this.#maxWaitingBytes = maxWaitingBytes;
    connection.onWritten(() => this.#check());
  }

  async pass<T>(request: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    this.#check();
    try {
      return await request();
    } finally {
      this.#inFlight -= 1;
      this.#check();
    }
  }

  #check(): void {
    const { waitingBytes, waitingPackets } = this.#connection;
    const pause =
      this.#inFlight >= MAX_IN_FLIGHT ||
      waitingPackets >= MAX_WAITING_PACKETS ||
      waitingBytes >= this.#maxWaitingBytes;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#connection.pause();
    else this.#connection.resume();
  }
}
