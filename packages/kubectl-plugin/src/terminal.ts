import { stripVTControlCharacters, styleText } from "node:util";

export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "magenta";

/** The standard streams of the process. */
export interface ProcessStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Prints with colours if the output is a terminal and NO_COLOR is not set. */
export class Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;

  constructor({ stdin, stdout, stderr }: ProcessStreams) {
    this.stdin = stdin;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  write(text: string): void {
    this.#stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  json(value: unknown): void {
    this.write(JSON.stringify(value, null, 2));
  }

  warn(text: string): void {
    this.#stderr.write(`${styleText("yellow", "Warning:", { stream: this.#stderr })} ${text}\n`);
  }

  error(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.writeError(`${styleText("red", "error:", { stream: this.#stderr })} ${text}\n`);
  }

  writeError(text: string): void {
    this.#stderr.write(text);
  }

  paint(colour: Colour, text: string): string {
    return styleText(colour, text, { stream: this.#stdout });
  }
}

const GAP = "   ";

/**
 * Aligned columns without borders, as kubectl prints them. Not `cli-table3`, which pads every column of a line, nor
 * `columnify` and `easy-table`, which are no longer maintained.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const lengths = rows.map((row) => row.map((cell) => stripVTControlCharacters(cell).length));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...lengths.map((row) => row[column] ?? 0)));
  const lines = rows.map((row, index) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - (lengths[index]?.[column] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
  return lines.join("\n");
}
