import { Turns } from "@dumbwaiter/service";
import type { ChannelHandler } from "./redis-delivery-subscriptions.ts";

const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Most devices have one socket: then the time that a turn may take decides. */
const STARTS_PER_TURN = 64;

/** What a message that waits takes besides its bytes. */
const OVERHEAD_BYTES = 512;

/**
 * Handles the messages of all channels at the end of the event loop's turns, one of each channel after the other.
 * Thousands may come in one piece, and each is written to all sockets of a device: nobody's waits for all of another's.
 */
export class DeliveriesInTurn {
  readonly #turns = new Turns<object>(STARTS_PER_TURN);
  #waitingBytes = 0;

  /** The same handler for one channel, in turn. While too much waits, it is called at once. */
  wrap(handle: ChannelHandler): ChannelHandler {
    const line: (() => void)[] = [];
    const next = () => line.shift()?.();
    return (message, channel) => {
      const bytes = message.length + OVERHEAD_BYTES;
      this.#waitingBytes += bytes;
      line.push(() => {
        this.#waitingBytes -= bytes;
        handle(message, channel);
      });
      if (this.#waitingBytes <= MAX_WAITING_BYTES) this.#turns.add(line, next);
      else while (line.length > 0) next();
    };
  }
}
