import { once } from "node:events";
import { connect, type Socket } from "node:net";

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface FrameOptions {
  readonly opcode?: (typeof OPCODES)[keyof typeof OPCODES];
  /** False for a message that goes on in the next frame. */
  readonly final?: boolean;
}

interface RawOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const SOCKET_IO_PATH = "/socket.io/?EIO=4&transport=websocket";

/** One WebSocket frame of a client; a masking key of zeros leaves the payload as it is. */
export function frame(payload: string | Buffer, { opcode = OPCODES.text, final = true }: FrameOptions = {}) {
  const data = Buffer.from(payload);
  const head = Buffer.alloc(10);
  head[0] = (final ? 0x80 : 0) | opcode;
  let length = 2;
  if (data.length < 126) head[1] = 0x80 | data.length;
  else if (data.length < 65_536) {
    head[1] = 0x80 | 126;
    length = head.writeUInt16BE(data.length, 2);
  } else {
    head[1] = 0x80 | 127;
    length = head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  return Buffer.concat([head.subarray(0, length), Buffer.alloc(4), data]);
}

/**
 * A client that writes WebSocket frames by hand, so that it can break every rule: it answers no ping, reads only when
 * told to, and can send frames half or many at once.
 */
export class RawWebSocket {
  readonly net: Socket;
  /** The status line of the answer to the upgrade; empty if there was none. */
  readonly status: string;
  #text = "";

  private constructor(net: Socket, status: string) {
    this.net = net;
    this.status = status;
    net.on("data", (chunk) => {
      if (this.#text.length < 1024 * 1024) this.#text += chunk.toString("latin1");
    });
    // Reads nothing until asked to.
    net.pause();
  }

  static async open(url: string, { path = SOCKET_IO_PATH, headers = {} }: RawOptions = {}) {
    const { hostname, port, host } = new URL(url);
    const net = connect({ port: Number(port), host: hostname, noDelay: true });
    net.on("error", () => {});
    await once(net, "connect");
    const lines = {
      Host: host,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    net.write(`GET ${path} HTTP/1.1\r\n${head.join("")}\r\n`);
    const [answer] = await Promise.race([once(net, "data"), once(net, "close").then(() => [""])]);
    return new RawWebSocket(net, String(answer).split("\r\n", 1)[0] ?? "");
  }

  /** Opens, and joins as a stock client does; then reads nothing more. */
  static async join(url: string, auth: object, options: RawOptions = {}): Promise<RawWebSocket> {
    const socket = await RawWebSocket.open(url, options);
    socket.read();
    socket.send(`40${JSON.stringify(auth)}`);
    while (!/4[04]\{/.test(socket.#text)) {
      if (socket.closed) throw new Error("the connection was closed before the client had joined");
      await Promise.race([once(socket.net, "data"), once(socket.net, "close")]);
    }
    socket.net.pause();
    return socket;
  }

  get closed(): boolean {
    return this.net.destroyed || this.net.readableEnded;
  }

  /** What was read: frames as they came, at most a mebibyte. */
  get received(): string {
    return this.#text;
  }

  read(): void {
    this.net.resume();
  }

  /** Each packet in a frame of its own, all in one write. */
  send(...packets: readonly (string | Buffer)[]): void {
    this.write(Buffer.concat(packets.map((packet) => frame(packet))));
  }

  write(bytes: Buffer): void {
    if (!this.net.destroyed) this.net.write(bytes);
  }

  /** Writes again and again, as fast as the server reads, until it closes the connection or the time is up. */
  async flood(bytes: Buffer, forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    while (performance.now() < until && !this.net.destroyed) {
      if (this.net.write(bytes)) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const waited = new AbortController();
      const left = setTimeout(() => waited.abort(), Math.max(0, until - performance.now()));
      const { signal } = waited;
      await Promise.race([once(this.net, "drain", { signal }), once(this.net, "close", { signal })]).catch(
        () => {},
      );
      clearTimeout(left);
      waited.abort();
    }
  }

  /** Resolves once the server has ended the connection; also while nothing is read. */
  async ended(): Promise<void> {
    this.net.resume();
    if (!this.net.destroyed) await once(this.net, "close");
  }

  destroy(): void {
    this.net.destroy();
  }
}
