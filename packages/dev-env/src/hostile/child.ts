import { type ChildProcess, fork } from "node:child_process";

/** A program of this folder in a process of its own, so that its work does not delay the others' clocks. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #messages: unknown[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(entry: string, argument: unknown) {
    this.#name = entry;
    this.#process = fork(`${import.meta.dirname}/${entry}`, [JSON.stringify(argument)], { execArgv: [] });
    this.#process.on("message", (message) => {
      this.#messages.push(message);
      this.#wake?.();
    });
    this.#process.once("exit", () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** @throws if the process ends first */
  async next<Message = unknown>(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#ended) throw new Error(`${this.#name} ended`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift() as Message;
  }

  /** Sends the word and waits for the answer. */
  ask<Message = unknown>(word: string): Promise<Message> {
    if (!this.#ended) this.#process.send(word);
    return this.next<Message>();
  }

  /** Kills it, which closes all its connections. */
  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The child's side: its argument, and what it answers to each word. It ends with its parent. */
export function serveParent(answer: (word: string) => Promise<unknown>): void {
  process.on("message", async (word: string) => process.send?.((await answer(word)) ?? null));
  process.once("disconnect", () => process.exit());
}

export const childArgument = <Argument>(): Argument => JSON.parse(process.argv[2] as string);
