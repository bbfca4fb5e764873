import { connect, type Socket } from "node:net";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { effort } from "./effort.ts";

/** A TCP connection that reads only when told to. It never throws: what happens to it does not matter to an attack. */
export class RawConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves once it is open, or refused; a refused one is `closed`. */
  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const connection = new RawConnection(socket);
    return new Promise((resolve) => {
      socket.once("connect", () => {
        effort.connections += 1;
        resolve(connection);
      });
      socket.once("close", () => resolve(connection));
      socket.on("error", () => {});
    });
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** @returns whether the kernel has taken the bytes; false once the connection is closed */
  write(bytes: string | Uint8Array): Promise<boolean> {
    if (this.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const onClose = () => resolve(false);
      this.#socket.once("close", onClose);
      this.#socket.write(bytes, (error) => {
        this.#socket.off("close", onClose);
        if (!error) effort.bytes += Buffer.byteLength(bytes);
        resolve(!error);
      });
    });
  }

  /** Writes as fast as the peer reads, until the connection is closed or the signal aborts. */
  async flood(next: string | Uint8Array | (() => string | Uint8Array), signal: AbortSignal): Promise<void> {
    const over = new Promise<boolean>((resolve) => {
      signal.addEventListener("abort", () => resolve(false), { once: true });
    });
    let open = true;
    while (open && !signal.aborted) {
      open = await Promise.race([this.write(typeof next === "function" ? next() : next), over]);
      await setImmediate(); // what the kernel takes immediately leaves no turn to timers
    }
  }

  /** Writes the bytes one by one, with a pause after each. */
  async trickle(bytes: string | Uint8Array, pauseMs: number, signal: AbortSignal): Promise<void> {
    for (const byte of Buffer.from(bytes)) {
      if (signal.aborted || !(await this.write(Buffer.of(byte)))) return;
      await sleep(pauseMs);
    }
  }

  /** Reads and forgets everything from now on. */
  drain(): this {
    this.#socket.resume();
    return this;
  }

  /** Reads one byte in each pause. */
  readSlowly(pauseMs: number, signal: AbortSignal): this {
    this.#socket.on("readable", () => {});
    const timer = setInterval(() => this.#socket.read(1), pauseMs);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    return this;
  }

  /** Reads until the pattern has come, then no further. @returns what was read; without it if the peer closed first */
  readUntil(pattern: RegExp): Promise<string> {
    let read = "";
    return new Promise((resolve) => {
      const finish = () => {
        this.#socket.off("data", onData).off("close", finish).pause();
        resolve(read);
      };
      const onData = (data: Buffer) => {
        read += data.toString("latin1");
        if (pattern.test(read)) finish();
      };
      this.#socket.on("data", onData).once("close", finish).resume();
      if (this.closed) finish();
    });
  }

  /** Reads until the text has come so many times, then no further, or until the peer has closed. */
  readTimes(text: string, times: number): Promise<void> {
    let end = "";
    let found = 0;
    return new Promise((resolve) => {
      const finish = () => {
        this.#socket.off("data", onData).off("close", finish).pause();
        resolve();
      };
      const onData = (data: Buffer) => {
        const read = end + data.toString("latin1");
        found += read.split(text).length - 1;
        end = read.slice(read.length - text.length + 1);
        if (found >= times) finish();
      };
      this.#socket.on("data", onData).once("close", finish).resume();
      if (this.closed) finish();
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
