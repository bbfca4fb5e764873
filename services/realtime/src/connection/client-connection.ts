import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Socket } from "socket.io";
import type { WebSocket } from "ws";

/** Engine.IO's socket: one client's transport. */
export type EngineSocket = Socket["conn"];

interface EnginePacket {
  readonly data?: string | Buffer;
  readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/** How much of a socket has been written; two that differ mean that some bytes went out in between. */
export interface WriteProgress {
  readonly handedOver: number;
  readonly inKernelQueue: number;
}

/**
 * The transport of one client: counts the bytes that wait to be written to it. A packet waits in Engine.IO's buffer
 * until all packets before it are written, then in Node's socket.
 */
export class ClientConnection {
  readonly #engine: EngineSocket;
  readonly #webSocket: WebSocket;
  readonly #netSocket: NetSocket;
  #created = 0;
  #queuedBytes = 0;
  #queuedPackets = 0;

  constructor(engine: EngineSocket) {
    const request = engine.request as IncomingMessage & { websocket: WebSocket };
    this.#engine = engine;
    this.#webSocket = request.websocket;
    this.#netSocket = request.socket;
    engine.on("packetCreate", (packet: EnginePacket) => {
      const bytes = packetBytes(packet);
      this.#created += bytes;
      this.#queuedBytes += bytes;
      this.#queuedPackets += 1;
    });
    engine.on("flush", () => {
      this.#queuedBytes = 0;
      this.#queuedPackets = 0;
    });
  }

  get waitingBytes(): number {
    return this.#queuedBytes + this.#webSocket.bufferedAmount;
  }

  /** Packets in Engine.IO's buffer: small ones take far more memory than they have bytes. */
  get waitingPackets(): number {
    return this.#queuedPackets;
  }

  /**
   * Node counts a write as waiting until all of it is out. Only the handle, which Node itself reads to tell a slow
   * socket from an idle one, says how much of it is left.
   */
  get writeProgress(): WriteProgress {
    const handle = (this.#netSocket as { _handle?: { writeQueueSize?: number } | null })._handle;
    return { handedOver: this.#created - this.waitingBytes, inKernelQueue: handle?.writeQueueSize ?? 0 };
  }

  /** Calls back after each packet that the engine gets. */
  onQueued(listener: () => void): void {
    this.#engine.on("packetCreate", listener);
  }

  /** Calls back whenever Node's socket has written everything that it was handed. */
  onWritten(listener: () => void): void {
    this.#engine.transport.on("drain", listener);
  }

  onClose(listener: () => void): void {
    this.#engine.on("close", listener);
  }

  /** Resolves once at most this many bytes wait, or the connection is closed. */
  async whenBufferAtMost(bytes: number): Promise<void> {
    if (this.waitingBytes <= bytes) return;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (this.waitingBytes > bytes && this.#engine.readyState === "open") return;
        this.#engine.transport.off("drain", check);
        this.#engine.off("close", check);
        resolve();
      };
      this.#engine.transport.on("drain", check);
      this.#engine.on("close", check);
    });
  }

  /** Stops reading, so that the client's own buffers fill up. */
  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  /** Sends the end of the stream, after what Node's socket was handed: nothing more is written. */
  endStream(): void {
    this.#netSocket.end();
  }

  /** Drops the connection and everything that waits on it. */
  destroy(): void {
    this.#netSocket.destroy();
  }
}

function packetBytes({ data = "", options }: EnginePacket): number {
  const frame = options?.wsPreEncodedFrame;
  if (frame) return frame.reduce((sum, part) => sum + part.length, 0);
  return typeof data === "string" ? Buffer.byteLength(data) : data.length;
}
