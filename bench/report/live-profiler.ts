import { once } from "node:events";
import { LOOPBACK } from "@dumbwaiter/dev-env/servers";
import WebSocket from "ws";
import type { CpuProfile } from "./cpu-profile.ts";

/** NODE_OPTIONS with which a process can be profiled while it runs. */
export function inspectOptions(port: number): string {
  return `--inspect=${LOOPBACK}:${port}`;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Profiles a process by its inspector, which speaks Chrome's DevTools Protocol. */
export class LiveProfiler {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const answer: Answer = JSON.parse(String(data));
      this.#pending.get(answer.id)?.resolve(answer);
    });
    // An error is followed by the end.
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("the process has ended"));
    });
  }

  /** @param port of the inspector */
  static async attach(port: number): Promise<LiveProfiler> {
    const response = await fetch(`http://${LOOPBACK}:${port}/json/list`);
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(String(target?.webSocketDebuggerUrl));
    await once(socket, "open");
    const profiler = new LiveProfiler(socket);
    await profiler.#call("Profiler.enable");
    return profiler;
  }

  async start(): Promise<void> {
    await this.#call("Profiler.start");
  }

  async stop(): Promise<CpuProfile> {
    const { profile } = (await this.#call("Profiler.stop")) as { profile: CpuProfile };
    return profile;
  }

  close(): void {
    this.#socket.close();
  }

  async #call(method: string): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#pending.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method }));
    const { result, error } = await promise.finally(() => this.#pending.delete(id));
    if (error !== undefined) throw new Error(`${method} failed: ${JSON.stringify(error)}`);
    return result;
  }
}
