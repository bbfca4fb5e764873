import type { Socket as NetSocket } from "node:net";
import type { WebSocket } from "ws";
import type { EngineSocket, Violation } from "./engine-socket.ts";
import type { RefusalBudget } from "./refusal-budget.ts";

/** Of all that comes before the client has joined: `auth`, and frames around it. */
const MAX_BYTES_BEFORE_JOINING = 16 * 1024;
const MAX_FRAMES_BEFORE_JOINING = 32;
const MAX_CONNECT_CHARACTERS = 8 * 1024;

/** An acknowledgement of the most IDs has 500. To parse 100,000 takes a tenth of a second. */
const MAX_VALUES = 2_000;

/** Frames' headers, and control frames between the frames of one message. */
const MESSAGE_OVERHEAD_BYTES = 64 * 1024;

/** A request to join our only namespace, with its `auth`. */
const CONNECT = /^0(?:\/,)?(?:\{|$)/;
/** An event, with the number of its callback if it has one. */
const EVENT = /^2(?:\/,)?\d{0,15}\[/;
/** The end of the session. */
const DISCONNECT = /^1(?:\/,)?$/;

export interface GuardOwner {
  /** The client has broken a rule: the connection must end before anything else of the client is handled. */
  violate(violation: Violation): void;
  /** {@link InboundGuard.unfinishedBytes} or {@link InboundGuard.isSilent} has changed. */
  changed(): void;
}

interface InboundGuardOptions {
  readonly owner: GuardOwner;
  readonly maxMessageBytes: number;
}

/**
 * What a client may send, counted from the first byte of its connection: before it has joined, one request to join of
 * some KiB; then events of our namespace. Whatever else comes is a violation, and is not answered.
 */
export class InboundGuard {
  readonly #owner: GuardOwner;
  readonly #maxMessageBytes: number;
  #stage: "opened" | "joining" | "joined" | "left" = "opened";
  #bytes = 0;
  #frames = 0;
  #unfinished = 0;
  #chunk = 0;
  /** The user's, once the client has joined. */
  #budget: RefusalBudget | undefined;

  /** Takes the sockets and not the request, which would live as long as they do. */
  constructor(
    engine: EngineSocket,
    netSocket: NetSocket,
    webSocket: WebSocket,
    { owner, maxMessageBytes }: InboundGuardOptions,
  ) {
    this.#owner = owner;
    this.#maxMessageBytes = maxMessageBytes;
    // Each listener comes before those of ws, Engine.IO and Socket.IO, so that it can end the connection first.
    netSocket.prependListener("data", (chunk: Buffer) => this.#onBytes(chunk.length));
    const onControlFrame = (data: Buffer) => this.#onFrame("control", data.length);
    webSocket.prependListener("message", (data: Buffer) => this.#onFrame("message", data.length));
    webSocket.prependListener("ping", onControlFrame);
    webSocket.prependListener("pong", onControlFrame);
    engine.prependListener("packet", (packet: { type: string; data?: unknown }) => this.#onPacket(packet));
  }

  /** Bytes that have come of a message that has not ended, or a little more. */
  get unfinishedBytes(): number {
    return this.#unfinished;
  }

  /** Whether there is nothing that the client waits for: it has not asked to join, was refused, or has left. */
  get isSilent(): boolean {
    return this.#stage === "opened" || this.#stage === "left";
  }

  /** The client has joined; what it sends in vain is charged to its user. */
  join(budget: RefusalBudget): void {
    this.#stage = "joined";
    this.#budget = budget;
  }

  /** The client has left, or was refused: it may only close the connection. */
  leave(): void {
    this.#stage = "left";
    this.#owner.changed();
  }

  /** Something came from the client that leads to nothing. */
  charge(bytes: number): void {
    if (this.#budget?.charge(bytes) === false)
      this.#violate("rate_limited", "refused requests and empty frames");
  }

  #onBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#unfinished += bytes;
    this.#chunk = bytes;
    this.#owner.changed();
    if (!this.#budget && this.#bytes > MAX_BYTES_BEFORE_JOINING) {
      this.#violate("too_large", "bytes before joining");
    } else if (this.#unfinished > this.#maxMessageBytes + MESSAGE_OVERHEAD_BYTES) {
      this.#violate("too_large", "unfinished message");
    }
  }

  #onFrame(type: "message" | "control", bytes: number): void {
    this.#frames += 1;
    this.#unfinished = Math.max(0, this.#unfinished - frameBytes(bytes));
    // The next message may have begun in the same chunk.
    if (type === "message") this.#unfinished = Math.min(this.#unfinished, this.#chunk);
    else this.charge(0);
    this.#owner.changed();
    if (!this.#budget && this.#frames > MAX_FRAMES_BEFORE_JOINING) {
      this.#violate("rate_limited", "frames before joining");
    }
  }

  #onPacket({ type, data }: { type: string; data?: unknown }): void {
    if (type === "pong" || type === "close") {
      this.charge(typeof data === "string" ? data.length : 0);
    } else if (type !== "message" || typeof data !== "string") {
      this.#violate("invalid_request", "packet of an unexpected type");
    } else if (this.#stage === "opened") {
      if (!CONNECT.test(data)) this.#violate("invalid_request", "packet before joining");
      else if (data.length > MAX_CONNECT_CHARACTERS) this.#violate("too_large", "auth");
      else this.#stage = "joining";
    } else if (this.#stage !== "joined" || !(EVENT.test(data) || DISCONNECT.test(data))) {
      this.#violate("invalid_request", "unexpected packet");
    } else if (hasMoreValues(data, MAX_VALUES)) {
      this.#violate("too_large", "values of an event");
    }
  }

  #violate(code: Violation["code"], rule: string): void {
    this.#owner.violate({ code, rule });
  }
}

/** What a client's frame with so many bytes of payload takes. */
function frameBytes(payload: number): number {
  if (payload < 126) return payload + 6;
  return payload + (payload < 64 * 1024 ? 8 : 14);
}

/** Whether JSON has more than `max` values, or a few less: what looks like one in a string counts too. */
function hasMoreValues(text: string, max: number): boolean {
  let left = max;
  for (const sign of ["[", "{", ","]) {
    for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}
