import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** What a process holds. */
export interface ProcessState {
  readonly rssMib: number;
  /** Open file descriptors, and how many of them are sockets. */
  readonly descriptors: number;
  readonly sockets: number;
  readonly logBytes: number;
}

/** Undefined once the process has ended. Linux only. */
export function stateOf(pid: number): ProcessState | undefined {
  try {
    const folder = `/proc/${pid}/fd`;
    const targets = readdirSync(folder).map((name) => linkTarget(`${folder}/${name}`));
    return {
      rssMib: rssMib(pid),
      descriptors: targets.length,
      sockets: targets.filter((target) => target.startsWith("socket:")).length,
      logBytes: statSync(`${folder}/1`).size, // its standard output is its log
    };
  } catch {
    return undefined;
  }
}

const SAMPLE_MS = 50;

/** The highest RSS of a process between its creation and `stop`. */
export class RssPeak {
  #mib = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const sample = () => {
      try {
        this.#mib = Math.max(this.#mib, rssMib(pid));
      } catch {
        clearInterval(this.#timer); // it has ended
      }
    };
    this.#timer = setInterval(sample, SAMPLE_MS);
    sample();
  }

  get mib(): number {
    return this.#mib;
  }

  stop(): number {
    clearInterval(this.#timer);
    return this.#mib;
  }
}

function rssMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kib === undefined) throw new Error(`${pid} has ended`); // a zombie has no memory
  return Math.round(Number(kib) / 1024);
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}
