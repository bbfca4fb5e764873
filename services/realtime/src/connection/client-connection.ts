import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { writeProgress } from "@dumbwaiter/service";
import type { WebSocket } from "ws";
import type { ClientTransport, TransportOwner } from "./client-transport.ts";
import type { EngineSocket, Violation } from "./engine-socket.ts";
import { type GuardOwner, InboundGuard } from "./inbound-guard.ts";
import { type OutgoingPacket, OutgoingPackets, packetBytes } from "./outgoing-packets.ts";
import type { RefusalBudget } from "./refusal-budget.ts";

/** What a packet in Engine.IO's buffer takes besides its bytes. */
const PACKET_OVERHEAD_BYTES = 512;

/** What a connection takes of which nobody waits for anything. */
const SILENT_CONNECTION_BYTES = 32 * 1024;

interface ClientConnectionOptions {
  readonly maxMessageBytes: number;
  /** From the end of a connection to destroying it, if the peer does not close it. */
  readonly hangUpMs: number;
  /** From a violation to destroying the connection. */
  readonly lingerMs: number;
  /** The client has broken a rule. */
  violated(violation: Violation): void;
}

/** Accounts for {@link ClientConnection.heldBytes}. */
interface ConnectionOwner {
  /** The held bytes have changed. */
  changed(): void;
}

/** Receives what the client sends. */
export interface PacketReceiver {
  receive(packet: string): void;
  /** Node's socket has written everything that it was handed. */
  written?(): void;
  /** The connection has closed: nothing more comes. */
  closed?(): void;
}

/** Watches how much waits to be written. */
export interface BufferWatcher {
  /** A packet was added. */
  checkFull(): void;
  /** Node's socket has written everything that it was handed. */
  checkFree(): void;
}

/**
 * The transport of one client: guards what comes over it, and counts the bytes that wait to be written to it. A packet
 * waits in Engine.IO's buffer until all packets before it are written, then in Node's socket.
 */
export class ClientConnection implements GuardOwner, TransportOwner {
  readonly #engine: EngineSocket;
  readonly #transport: ClientTransport;
  readonly #webSocket: WebSocket;
  readonly #netSocket: NetSocket;
  readonly #options: ClientConnectionOptions;
  readonly #inbound: InboundGuard;
  readonly #outgoing: OutgoingPackets;
  /** Socket.IO's. */
  readonly #handle: (packet: string) => void;
  #owner: ConnectionOwner | undefined;
  #receiver: PacketReceiver | undefined;
  #bufferWatcher: BufferWatcher | undefined;
  #lingering = false;
  #destroyed = false;
  #created = 0;
  #queuedBytes = 0;
  #queuedPackets = 0;
  #requestBytes = 0;

  constructor(engine: EngineSocket, options: ClientConnectionOptions) {
    const request = engine.request as IncomingMessage & { websocket: WebSocket };
    this.#engine = engine;
    this.#transport = engine.transport as ClientTransport;
    this.#webSocket = request.websocket;
    this.#netSocket = request.socket;
    this.#options = options;
    this.#inbound = new InboundGuard(engine, this.#netSocket, this.#webSocket, {
      owner: this,
      maxMessageBytes: options.maxMessageBytes,
    });
    const [handle] = engine.listeners("data");
    this.#handle = handle as (packet: string) => void;
    engine.off("data", this.#handle);
    engine.on("data", (packet: string) => {
      if (this.isOpen) this.#receiver?.receive(packet);
    });
    this.#outgoing = new OutgoingPackets(engine);
    engine.on("packetCreate", (packet: OutgoingPacket) => this.#onPacketCreate(packet));
    this.#transport.setOwner(this);
    this.#transport.on("drain", () => this.#onDrain());
    engine.on("close", (reason) => this.#onClose(reason));
  }

  get isOpen(): boolean {
    return this.#engine.readyState === "open";
  }

  get waitingBytes(): number {
    return this.#queuedBytes + this.#webSocket.bufferedAmount;
  }

  /** All that the process holds for this client, in memory of its own. */
  get heldBytes(): number {
    const received = this.#inbound.unfinishedBytes + this.#requestBytes;
    const silence = this.#inbound.isSilent ? SILENT_CONNECTION_BYTES : 0;
    return this.waitingBytes + this.#queuedPackets * PACKET_OVERHEAD_BYTES + received + silence;
  }

  /** Packets in Engine.IO's buffer: small ones take far more memory than they have bytes. */
  get waitingPackets(): number {
    return this.#queuedPackets;
  }

  /** For a `StallDetector`. */
  get writeProgress(): string | undefined {
    const waiting = this.waitingBytes;
    return waiting === 0 ? undefined : writeProgress(this.#netSocket, this.#created - waiting);
  }

  setOwner(owner: ConnectionOwner): void {
    this.#owner = owner;
  }

  /** Hands the client's packets to this receiver from now on, which delivers them when it likes. */
  setReceiver(receiver: PacketReceiver): void {
    this.#receiver = receiver;
  }

  /** Calls the watcher whenever a packet was added, or everything was written. */
  setBufferWatcher(watcher: BufferWatcher): void {
    this.#bufferWatcher = watcher;
  }

  /** {@link heldBytes} has changed. */
  changed(): void {
    this.#owner?.changed();
  }

  /** Engine.IO's buffer is empty: what was in it waits in Node's socket. */
  handedOver(): void {
    this.#queuedBytes = 0;
    this.#queuedPackets = 0;
  }

  /** Hands over now what is written at the end of this turn. */
  writeNow(): void {
    this.#outgoing.writeNow();
  }

  /** Resolves once at most this many bytes wait, or the connection is closed. */
  async whenBufferAtMost(bytes: number): Promise<void> {
    if (this.waitingBytes <= bytes || !this.isOpen) return;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (this.waitingBytes > bytes && this.isOpen) return;
        this.#transport.off("drain", check);
        this.#engine.off("close", check);
        resolve();
      };
      this.#transport.on("drain", check);
      this.#engine.on("close", check);
    });
  }

  /** Hands a packet to Socket.IO. */
  deliver(packet: string): void {
    if (!this.isOpen) return;
    this.#handle(packet);
    // Socket.IO ends the connection over a packet that it cannot read, but waits for a drain.
    if (!this.isOpen) this.violate({ code: "invalid_request", rule: "unreadable packet" });
  }

  /** How many bytes the client's requests take that have come, and are not answered. */
  holdRequests(bytes: number): void {
    this.#requestBytes = bytes;
    this.changed();
  }

  /** A request of the client of this many bytes was refused. */
  chargeRefusal(bytes: number): void {
    this.#inbound.charge(bytes);
  }

  /** Stops reading, so that the client's own buffers fill up. */
  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    if (!this.#lingering) this.#webSocket.resume();
  }

  /** The client has joined, and may send events; what is refused of them is charged to its user. */
  join(budget: RefusalBudget): void {
    this.#inbound.join(budget);
  }

  /** The client has broken a rule: its session ends, and nothing more of it is handled. */
  violate(violation: Violation): void {
    if (this.#lingering || this.#destroyed) return;
    this.#options.violated(violation);
    this.#linger();
  }

  /** The client may send no more: it gets a moment to read what was written, and to close. */
  hangUp(): void {
    if (this.#destroyed) return;
    this.#inbound.leave();
    this.destroyAfter(this.#options.hangUpMs);
  }

  /** Destroys it then, unless it has closed. */
  destroyAfter(ms: number): void {
    if (this.#netSocket.closed) return;
    const timer = setTimeout(() => this.destroy(), ms).unref();
    // Otherwise a crowd that comes and goes would stay in memory until then.
    this.#netSocket.once("close", () => clearTimeout(timer));
  }

  /** Drops the connection and everything that waits on it: Engine.IO's own close would wait until it is written. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#webSocket.terminate();
    this.#stop();
  }

  /** Reads nothing more, and ends the connection after a while: most come back as soon as they are thrown out. */
  #linger(): void {
    if (this.#lingering || this.#destroyed) return;
    this.#lingering = true;
    this.#transport.stayOpen();
    this.writeNow();
    const readsNothing = this.waitingBytes > 0;
    this.#stop();
    this.#netSocket.pause();
    // After an error, ws reads on.
    this.#netSocket.prependListener("data", () => this.#netSocket.pause());
    // Pings that were read together with the last frame: ws would destroy the connection over too many pongs.
    Object.assign(this.#webSocket, { pong: (_data: unknown, _mask: boolean, done?: () => void) => done?.() });
    this.destroyAfter(readsNothing ? 0 : this.#options.lingerMs);
  }

  /** Ends what Engine.IO and Socket.IO do for it. Frames that were read together with the last one are not handled. */
  #stop(): void {
    this.#webSocket.removeAllListeners("message");
    this.#engine.close(true);
  }

  #onPacketCreate(packet: OutgoingPacket): void {
    this.#outgoing.created(packet);
    const bytes = packetBytes(packet);
    this.#created += bytes;
    this.#queuedBytes += bytes;
    this.#queuedPackets += 1;
    this.changed();
    this.#bufferWatcher?.checkFull();
  }

  #onDrain(): void {
    this.changed();
    this.#receiver?.written?.();
    this.#bufferWatcher?.checkFree();
  }

  /** A peer that has failed is not waited for; one that is asked to close gets a moment. */
  #onClose(reason: string): void {
    this.#receiver?.closed?.();
    if (reason === "forced close") this.hangUp();
    else if (reason === "transport error") this.#linger();
    else this.destroy();
  }
}
