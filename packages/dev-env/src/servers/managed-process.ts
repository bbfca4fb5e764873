import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface ProcessSpec {
  name: string;
  command: string;
  /** `directory` is the process's own data folder: it survives `kill` and `restart`, but not `stop`. */
  args: (directory: string) => string[];
  /** Added to our own environment. */
  env?: Readonly<Record<string, string>>;
  /** Throws until the process is ready. Called repeatedly, so each call needs its own timeout. */
  probe: () => Promise<void>;
  /** Runs after each start, once the probe passes, as part of the start. */
  prepare?: () => Promise<void>;
  startTimeoutMs?: number;
  /** How long `stop` waits after SIGTERM before it sends SIGKILL. */
  stopTimeoutMs?: number;
  /** Called when the process ends unexpectedly. */
  onDeath?: ((report: string) => void) | undefined;
}

/** A child process with its own folder, which never outlives this process. */
export class ManagedProcess {
  readonly name: string;
  readonly #spec: ProcessSpec;
  readonly #directory: string;
  #watchdog: Watchdog | undefined;
  #child: ChildProcess | undefined;
  #expected = false;

  private constructor(spec: ProcessSpec, directory: string) {
    this.name = spec.name;
    this.#spec = spec;
    this.#directory = directory;
  }

  /** Resolves once the probe passes; otherwise rejects with the end of the process's log. */
  static async start(spec: ProcessSpec): Promise<ManagedProcess> {
    const directory = await mkdtemp(join(tmpdir(), `dumbwaiter-${spec.name}-`));
    const started = new ManagedProcess(spec, directory);
    await started.#launch();
    return started;
  }

  /** Throws while the process is down. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** The end of what the process wrote to its standard output and error. */
  async log(bytes = 4096): Promise<string> {
    const log = await readFile(join(this.#directory, "log"), "utf8").catch(() => "");
    return log.slice(-bytes).trimEnd();
  }

  /** Sends the signal and waits for the end. The folder stays. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#expected = true;
    child.ref();
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  /** Starts it again with the same arguments and folder; kills it first if it runs. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#launch();
  }

  /** Ends it for good, and removes its folder. */
  async stop(): Promise<void> {
    const killing = setTimeout(() => this.#child?.kill("SIGKILL"), this.#spec.stopTimeoutMs ?? 5_000);
    await this.kill("SIGTERM");
    clearTimeout(killing);
    await this.#clean();
  }

  async #launch(): Promise<void> {
    mkdirSync(this.#directory, { recursive: true });
    this.#watchdog ??= startWatchdog(this.#directory);
    this.#expected = true;
    try {
      await this.#spawn();
      await this.#untilReady();
      await this.#spec.prepare?.();
    } catch (cause) {
      const log = await this.log();
      await this.kill();
      await this.#clean();
      throw new Error(`${this.name} did not start: ${(cause as Error).message}\n${log}`, { cause });
    }
    this.#expected = false;
  }

  async #spawn(): Promise<void> {
    const { command, args, env } = this.#spec;
    const log = openSync(join(this.#directory, "log"), "a");
    // A process group of its own: Ctrl-C reaches only us, and we stop our children in order.
    const child = spawn(command, args(this.#directory), {
      cwd: this.#directory,
      env: { ...process.env, ...env },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    this.#watchdog?.guard(child.pid);
    child.unref();
    this.#child = child;
    child.once("exit", (code, signal) => {
      this.#watchdog?.guard(undefined);
      this.#child = undefined;
      if (!this.#expected) void this.#reportDeath(signal ?? `exit code ${code}`);
    });
  }

  async #clean(): Promise<void> {
    this.#watchdog?.stop();
    this.#watchdog = undefined;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #reportDeath(cause: string): Promise<void> {
    this.#spec.onDeath?.(`${this.name} ended by itself (${cause})\n${await this.log()}`.trimEnd());
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + (this.#spec.startTimeoutMs ?? 90_000);
    for (;;) {
      if (!this.running) throw new Error("it ended");
      try {
        return await this.#spec.probe();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(25);
      }
    }
  }
}
