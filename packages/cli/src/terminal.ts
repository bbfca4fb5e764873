import { styleText } from "node:util";
import { errorJson, messageOf } from "./errors.ts";

/** The standard streams of the process. */
export interface ProcessStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Results go to stdout, as text or as JSON, and all that is about them to stderr. */
export class Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly isJson: boolean;
  readonly #stdout: NodeJS.WriteStream;

  constructor({ stdin, stdout, stderr }: ProcessStreams, isJson: boolean) {
    this.stdin = stdin;
    this.stderr = stderr;
    this.isJson = isJson;
    this.#stdout = stdout;
  }

  /** One result: a line of text, or of JSON with `--json`. @param text without control characters of others */
  result(text: string, json: unknown): void {
    this.write(this.isJson ? JSON.stringify(json) : text);
  }

  write(text: string): void {
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
