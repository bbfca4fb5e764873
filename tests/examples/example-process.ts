import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { eventually } from "@dumbwaiter/core/contracts/eventually";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Line {
  readonly text: string;
  /** When it came, on the clock of `performance.now()`. */
  readonly at: number;
}

/** A running example: what it prints is what a reader of its documentation would see. */
export class ExampleProcess {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** Why it could not be started. */
  #failure: Error | undefined;

  constructor({ command, args, cwd, env }: Command) {
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"], // esbuild serves until its input ends
    });
    this.#child.on("error", (error) => {
      this.#failure = error;
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (text) => {
        this.lines.push({ text, at: performance.now() });
      });
    }
  }

  get output(): string {
    return this.lines.map(({ text }) => text).join("\n");
  }

  texts(): string[] {
    return this.lines.map(({ text }) => text);
  }

  /** The first line from this index on that begins so. @throws with all output if none comes, or why it cannot run */
  async line(start: string, from = 0): Promise<Line & { index: number }> {
    const line = await eventually(() => {
      if (this.#failure) return undefined;
      const index = this.lines.findIndex((line, each) => each >= from && line.text.startsWith(start));
      const found = this.lines[index];
      if (!found) throw new Error(`no line "${start}" after ${from} in:\n${this.output}`);
      return { ...found, index };
    });
    if (line) return line;
    throw this.#failure;
  }

  /** Waits for its end. @returns its exit code @throws why it could not be started */
  async end(): Promise<number | null> {
    await this.#ended;
    if (this.#failure) throw this.#failure;
    return this.#child.exitCode;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/** Runs a command to its end. @returns what it printed @throws with all output if it fails */
export async function runExample(command: Command): Promise<string> {
  const run = new ExampleProcess(command);
  const code = await run.end();
  if (code !== 0) throw new Error(`${command.command} ${command.args.join(" ")}: ${code}\n${run.output}`);
  return run.output;
}
