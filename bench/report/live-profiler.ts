import { once } from "node:events";
import { LOOPBACK } from "@dumbwaiter/dev-env/servers";
import WebSocket from "ws";
import type { CpuProfile } from "./cpu-profile.ts";

/** NODE_OPTIONS with which a process can be profiled while it runs. */
export function inspectOptions(port: number): string {
  return `--inspect=${LOOPBACK}:${port}`;
}

/** Profiles a process by its inspector, which speaks Chrome's DevTools Protocol. */
export class LiveProfiler {
  readonly #socket: WebSocket;
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
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
    this.#socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [data] = await once(this.#socket, "message");
      const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: unknown };
      if (answer.id !== id) continue;
      if (answer.error) throw new Error(`${method} failed: ${JSON.stringify(answer.error)}`);
      return answer.result;
    }
  }
}
