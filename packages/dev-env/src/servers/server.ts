import { ManagedProcess, type ProcessSpec } from "./managed-process.ts";

/** Where a server is. Plain data: it crosses process borders. */
export interface ServerAddress {
  host: string;
  port: number;
  /** As its clients want it: `redis://host:port` for Redis, `host:port` for an emulator. */
  url: string;
  pid: number;
}

/** A running server, with the means to end it and to bring it back on the same port. */
export interface Server extends ServerAddress {
  readonly name: string;
  /** SIGKILL unless told otherwise; waits for the end and keeps the data. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
  /** The end of its log. */
  log(): Promise<string>;
}

/** Told when a server ends although nobody asked for it, with the end of its log. */
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
    log: () => child.log(),
  };
}
