import type { Terminal } from "./terminal.ts";

/** What is done sooner needs no progress. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;
/** Between two lines where a line cannot be rewritten, as in a log. */
const LINE_MS = 5000;

/** How far long work is, on stderr: in one line that is rewritten on a terminal, and a line now and then elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #what: string;
  readonly #total: number | undefined;
  readonly #now: () => number;
  readonly #startedAt: number;
  #done = 0;
  #toldAt: number;
  #isDrawn = false;

  /** @param what such as `sent`; the number stands before it */
  constructor(
    { stderr }: Pick<Terminal, "stderr">,
    what: string,
    total?: number,
    now = () => performance.now(),
  ) {
    this.#stream = stderr;
    this.#what = what;
    this.#total = total;
    this.#now = now;
    this.#startedAt = now();
    this.#toldAt = this.#startedAt + (stderr.isTTY ? QUIET_MS - REDRAW_MS : 0);
  }

  advance(by = 1): void {
    this.#done += by;
    if (this.#now() - this.#toldAt < (this.#stream.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.#toldAt = this.#now();
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${this.#text()}` : `${this.#text()}\n`);
    this.#isDrawn = this.#stream.isTTY;
  }

  /** Removes the line from a terminal. */
  end(): void {
    if (this.#isDrawn) this.#stream.write("\r\x1b[K");
    this.#isDrawn = false;
  }

  #text(): string {
    const seconds = (this.#now() - this.#startedAt) / 1000;
    const total = this.#total === undefined ? "" : ` of ${this.#total}`;
    const rate = Math.round(this.#done / seconds);
    return `${this.#done}${total} ${this.#what}${rate >= 1 ? `, ${rate}/s` : ""}`;
  }
}
