import { styleText } from "node:util";
import { errorJson, messageOf } from "./errors.ts";

/** The standard streams of the process. */
export interface ProcessStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Nothing more can be printed. */
export class OutputClosedError extends Error {
  constructor(cause: Error) {
    super("The output cannot be written", { cause });
  }

  /** The reader of a pipe has gone, which is how it says that it has enough. */
  get isByReader(): boolean {
    return (this.cause as NodeJS.ErrnoException).code === "EPIPE";
  }
}

/** Results go to stdout, as text or as JSON, and all that is about them to stderr. */
export class Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly isJson: boolean;
  readonly #stdout: NodeJS.WriteStream;
  #failure: Error | undefined;

  constructor({ stdin, stdout, stderr }: ProcessStreams, isJson: boolean) {
    stdout.on("error", (error) => {
      this.#failure = error;
    });
    this.stdin = stdin;
    this.stderr = stderr;
    this.isJson = isJson;
    this.#stdout = stdout;
  }

  /**
   * One result: a line of text, or of JSON with `--json`.
   *
   * @param text without control characters of others
   * @throws OutputClosedError if an earlier result could not be written
   */
  result(text: string, json: unknown): void {
    this.write(this.isJson ? JSON.stringify(json) : text);
  }

  /** As {@link result}; resolves once the system has it. @throws OutputClosedError */
  async printed(text: string, json: unknown): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = `${this.isJson ? JSON.stringify(json) : text}\n`;
    this.#stdout.write(line, (error) => (error ? reject(new OutputClosedError(error)) : resolve()));
    await promise;
  }

  write(text: string): void {
    if (this.#failure) throw new OutputClosedError(this.#failure);
    this.#stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Something that people should know, and that is no result. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  error(error: unknown): void {
    if (this.isJson) this.note(JSON.stringify(errorJson(error)));
    else this.note(`${styleText("red", "error:", { stream: this.stderr })} ${messageOf(error)}`);
  }
}

/** Text that anyone may have written, without what would control the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

/** A moment as people and programs read it. @param ms since the epoch */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
