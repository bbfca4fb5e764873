import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoints } from "@dumbwaiter/wire-user";
import { freePort } from "../servers/free-port.ts";
import { ManagedProcess } from "../servers/managed-process.ts";
import { LOOPBACK } from "../servers/server.ts";
import { ROOT } from "../tools/project-folders.ts";
import type { Launch } from "./launcher.ts";
import { NO_LIMITS } from "./no-limits.ts";

const ENTRY = join(ROOT, "services/embedded/src/main.ts");

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** With which `npm start` runs Node. */
const NODE_OPTIONS: readonly string[] = scripts.start.match(/--\S+/g);

export interface EmbeddedProcess extends Endpoints {
  /** `http://127.0.0.1:port` of `/healthz`, `/readyz` and `/metrics`. */
  readonly admin: string;
  /** Its working directory, which holds `data`; it outlives `kill` and `restart`. */
  readonly directory: string;
  readonly pid: number;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same ports and data; resolves once it is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** The end of its log. */
  log(bytes?: number): Promise<string>;
}

const FROM_SOURCE: Launch = { command: process.execPath, args: () => [...NODE_OPTIONS, ENTRY] };

/**
 * Starts what `npm start` starts, on free ports with a folder of its own. Resolves once it is ready.
 *
 * @param launch runs the embedded process of another checkout in its place
 */
export async function startEmbedded(
  env: Record<string, string> = {},
  launch: Launch = FROM_SOURCE,
): Promise<EmbeddedProcess> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const url = `http://${LOOPBACK}:${port}`;
  const admin = `http://${LOOPBACK}:${adminPort}`;
  let directory = "";
  const child = await ManagedProcess.start({
    name: "embedded",
    command: launch.command,
    args: (own) => {
      directory = own;
      return launch.args(own);
    },
    env: { NODE_ENV: "test", PORT: String(port), ADMIN_PORT: String(adminPort), ...NO_LIMITS, ...env },
    probe: async () => {
      const response = await fetch(`${admin}/readyz`);
      if (!response.ok) throw new Error(`/readyz answered ${response.status}`);
    },
    stopTimeoutMs: 40_000,
  });
  return {
    api: url,
    realtime: url,
    issuer: url,
    admin,
    directory,
    get pid() {
      return child.pid;
    },
    kill: (signal) => child.kill(signal),
    restart: () => child.restart(),
    stop: () => child.stop(),
    log: (bytes) => child.log(bytes),
  };
}
