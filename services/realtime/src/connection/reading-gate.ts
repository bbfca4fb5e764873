import type { Turns } from "@dumbwaiter/service";
import type { ClientConnection, PacketReceiver } from "./client-connection.ts";

/** More than the acks that most clients have in flight at once. */
const MAX_RUNNING = 64;

/** What a request takes, besides its text, while it is under way: a short one takes far more than its text. */
const RUNNING_OVERHEAD_BYTES = 3 * 1024;

/** A request of so many characters counts as one that starts; a longer one as more, because it takes longer. */
const CHARACTERS_PER_START = 32 * 1024;

/** Answers that wait in Engine.IO's buffer. */
const MAX_WAITING_PACKETS = 1_000;

interface Received {
  readonly packet: string;
  /** By the clock of `performance`. */
  readonly at: number;
}

/** @returns whether the client is to blame */
type GatedRequest = (receivedAt: number) => Promise<boolean>;

export interface ReadingGateOptions {
  readonly connection: ClientConnection;
  /** Starts the requests of all sources, one of each in turn. */
  readonly turns: Turns<object>;
  /** One for all connections of a user, or of a network. */
  readonly source: object;
  /** Of answers that wait to be written; and of requests that have been read and not been answered. */
  readonly maxBytes: number;
  /** Most requests that have been read and not been answered. */
  readonly maxRequests: number;
}

/**
 * Bounds what one client can make us hold: while too many of its requests are under way, or too many answers wait to
 * be written to it, nothing more is read from its connection. What was read by then waits for its turn, as text; a
 * client that sends far more at once than it could wait for is cut off.
 */
export class ReadingGate implements PacketReceiver {
  // Not one object with all of these: it would take more memory, for each idle socket.
  readonly #connection: ClientConnection;
  readonly #turns: Turns<object>;
  readonly #source: object;
  readonly #maxBytes: number;
  readonly #maxRequests: number;
  readonly #waiting: Received[] = [];
  /** What Socket.IO was handed, in the order in which their requests begin. */
  readonly #handedOver: { readonly bytes: number; readonly at: number }[] = [];
  #running = 0;
  #runningBytes = 0;
  #waitingBytes = 0;
  #isTurnComing = false;
  #paused = false;
  #closed = false;

  constructor({ connection, turns, source, maxBytes, maxRequests }: ReadingGateOptions) {
    this.#connection = connection;
    this.#turns = turns;
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#maxRequests = maxRequests;
    connection.setReceiver(this);
  }

  /** Runs the request that was handed over next. */
  async pass(request: GatedRequest): Promise<void> {
    const { bytes, at } = this.#handedOver.shift() ?? { bytes: 0, at: performance.now() };
    const refused = await request(at);
    this.#running -= 1;
    this.#runningBytes -= bytes;
    if (refused) this.#connection.chargeRefusal(bytes);
    this.#check();
  }

  receive(packet: string): void {
    if (this.#running + this.#waiting.length >= this.#maxRequests) {
      this.#connection.violate({ code: "rate_limited", rule: "unanswered requests" });
      return;
    }
    this.#waiting.push({ packet, at: performance.now() });
    this.#waitingBytes += packet.length;
    this.#check();
  }

  written(): void {
    this.#check();
  }

  closed(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #check(): void {
    if (this.#closed) return;
    this.#connection.holdRequests(
      this.#waitingBytes + this.#runningBytes + this.#running * RUNNING_OVERHEAD_BYTES,
    );
    this.#pause(
      this.#running + this.#waiting.length >= MAX_RUNNING ||
        this.#waitingBytes + this.#runningBytes >= this.#maxBytes ||
        this.#connection.waitingPackets >= MAX_WAITING_PACKETS ||
        this.#connection.waitingBytes >= this.#maxBytes,
    );
    const [next] = this.#waiting;
    if (this.#isTurnComing || next === undefined) return;
    if (this.#running >= MAX_RUNNING || this.#runningBytes >= this.#maxBytes) return;
    this.#isTurnComing = true;
    const start = () => {
      this.#isTurnComing = false;
      this.#handOver();
      this.#check();
    };
    this.#turns.add(this.#source, start, Math.ceil(next.packet.length / CHARACTERS_PER_START));
  }

  #handOver(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { packet, at } = next;
    this.#waitingBytes -= packet.length;
    this.#running += 1;
    this.#runningBytes += packet.length;
    this.#handedOver.push({ bytes: packet.length, at });
    this.#connection.deliver(packet);
  }

  #pause(pause: boolean): void {
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#connection.pause();
    else this.#connection.resume();
  }
}
