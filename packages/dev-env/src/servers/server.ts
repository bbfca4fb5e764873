import { ManagedProcess, type ProcessSpec } from "./managed-process.ts";

/** Where a server is. Plain data: it crosses process borders. */
export interface ServerAddress {
  host: string;
  port: number;
  /** As its clients expect it: `redis://host:port` for Redis, `host:port` for an emulator. */
  url: string;
  pid: number;
}

/** A running server, which can be killed and restarted on the same port. */
export interface Server extends ServerAddress {
  readonly name: string;
  /** SIGKILL by default; waits for the end and keeps the data. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
  /** The end of its log. */
  log(bytes?: number): Promise<string>;
}

/** Called with the end of its log when a server ends unexpectedly. */
export type OnDeath = (report: string) => void;

export const LOOPBACK = "127.0.0.1";

export async function startServer(port: number, url: string, spec: ProcessSpec): Promise<Server> {
  const child = await ManagedProcess.start(spec);
  return {
    name: child.name,
    host: LOOPBACK,
    port,
    url,
    get pid() {
      return child.pid;
    },
    kill: (signal) => child.kill(signal),
    restart: () => child.restart(),
    stop: () => child.stop(),
    log: (bytes) => child.log(bytes),
  };
}
