import type { Call } from "./protocol.ts";

/** What a call costs besides its bytes. */
const BYTES_PER_CALL = 1024;

interface Waiting {
  readonly call: Call;
  readonly bytes: number;
  readonly due: number;
}

/**
 * The calls that wait for a transaction, in the order in which they came, but for large new messages: one of a megabyte
 * lets a megabyte of later calls go first, and no more. So small messages pass large ones by, and what was accepted is
 * delivered before more is accepted.
 */
export class CallQueue {
  readonly #waiting: Waiting[] = [];
  /** Bytes of the calls that were taken, and of their answers. */
  #done = 0;

  get length(): number {
    return this.#waiting.length;
  }

  add(call: Call): void {
    const bytes = BYTES_PER_CALL + bytesIn(call.args);
    const due = this.#done + (call.name === "publishIngress" ? bytes : BYTES_PER_CALL);
    const before = this.#waiting.findLastIndex((other) => other.due <= due);
    this.#waiting.splice(before + 1, 0, { call, bytes, due });
  }

  some(test: (call: Call) => boolean): boolean {
    return this.#waiting.some(({ call }) => test(call));
  }

  /** Takes the next calls of so many bytes together, or one that has more. */
  *take(maxBytes: number): Generator<Call> {
    let left = maxBytes;
    for (
      let [next] = this.#waiting;
      next && (next.bytes <= left || left === maxBytes);
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#done += next.bytes;
      left -= next.bytes;
      yield next.call;
    }
  }

  /** A call that was taken has read so many bytes. */
  hasRead(bytes: number): void {
    this.#done += bytes;
  }
}

/** Of all byte arrays and strings in it. */
export function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array || typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + bytesIn(part), 0);
}
