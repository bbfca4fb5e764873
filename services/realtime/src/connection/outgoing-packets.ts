import type { EngineSocket } from "./engine-socket.ts";
import { TextPieces } from "./text-pieces.ts";

/** A packet in Engine.IO's buffer. `ws` makes a frame of two pieces, its header and its data. */
export interface OutgoingPacket {
  readonly type?: string;
  data?: string | Buffer | TextPieces | undefined;
  options?: { wsPreEncodedFrame?: readonly Buffer[] };
}

const TEXT = 0x81;
const MESSAGE = "4";

/**
 * Writes to a client, as soon as the code that runs now has returned, all that it has for the client; `ClientTransport`
 * makes it one write. A write takes longer than all else that is done for a message.
 */
export class OutgoingPackets {
  readonly #transport: EngineSocket["transport"];
  #isDelayed = false;

  constructor({ transport }: EngineSocket) {
    this.#transport = transport;
  }

  /** Call it with each packet that Engine.IO gets. */
  created(packet: OutgoingPacket): void {
    putInOnePiece(packet);
    // Otherwise Engine.IO would write it now, and what comes next after that.
    if (!this.#transport.writable) return;
    this.#transport.writable = false;
    this.#isDelayed = true;
    process.nextTick(writeDelayed, this);
  }

  /** Writes what waits. */
  writeNow(): void {
    if (!this.#isDelayed) return;
    this.#isDelayed = false;
    this.#transport.writable = true;
    this.#transport.emit("ready");
  }
}

/** For `process.nextTick()`, so that a write needs no closure. */
function writeDelayed(packets: OutgoingPackets): void {
  packets.writeNow();
}

export function packetBytes({ data = "", options }: OutgoingPacket): number {
  const [frame] = options?.wsPreEncodedFrame ?? [];
  if (frame) return frame.length;
  return typeof data === "string" ? Buffer.byteLength(data) : data.length;
}

function putInOnePiece(packet: OutgoingPacket): void {
  const { type, data, options } = packet;
  const frame = options?.wsPreEncodedFrame;
  if (frame && frame.length > 1) {
    // The options of a message for all sockets of a device are one object.
    options.wsPreEncodedFrame = [Buffer.concat(frame)];
  } else if (!frame && type === "message" && (typeof data === "string" || data instanceof TextPieces)) {
    packet.options = { ...options, wsPreEncodedFrame: [frameOf(data)] };
  }
  // The frame is what Engine.IO writes. While it waits, its text is not held as well.
  if (packet.options?.wsPreEncodedFrame) packet.data = undefined;
}

function frameOf(data: string | TextPieces): Buffer {
  const length = MESSAGE.length + (typeof data === "string" ? Buffer.byteLength(data) : data.length);
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = TEXT;
  frame[1] = start === 2 ? length : start === 4 ? 126 : 127;
  if (start === 4) frame.writeUInt16BE(length, 2);
  if (start === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  let end = start + frame.write(MESSAGE, start, "latin1");
  if (typeof data === "string") frame.write(data, end);
  else for (const piece of data.pieces) end += piece.copy(frame, end);
  return frame;
}
