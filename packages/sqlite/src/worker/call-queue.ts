import { LARGE_RECORD_BYTES } from "./ingress-operations.ts";
import { type Call, sharedNow } from "./protocol.ts";

/** What a call costs besides its bytes. */
const BYTES_PER_CALL = 1024;

interface Waiting {
  readonly call: Call;
  readonly bytes: number;
  readonly due: number;
  readonly deadline: number;
  readonly isLargeMessage: boolean;
}

/**
 * The calls that wait for a transaction, in the order in which they came, but for large new messages: one of a megabyte
 * lets a megabyte of later calls go first, and no more. So small messages pass large ones by, and what was accepted is
 * delivered before more is accepted. Calls for which nobody waits any more are forgotten.
 */
export class CallQueue {
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  /** Bytes of the calls that were taken, and of their answers. */
  #done = 0;

  constructor(now = sharedNow) {
    this.#now = now;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(call: Call, deadline = Number.POSITIVE_INFINITY): void {
    const bytes = BYTES_PER_CALL + bytesIn(call.args);
    const isMessage = call.name === "publishIngress";
    const due = this.#done + (isMessage ? bytes : BYTES_PER_CALL);
    const before = this.#waiting.findLastIndex((other) => other.due <= due);
    const isLargeMessage = isMessage && bytes > LARGE_RECORD_BYTES;
    this.#waiting.splice(before + 1, 0, { call, bytes, due, deadline, isLargeMessage });
  }

  some(test: (call: Call) => boolean): boolean {
    return this.#waiting.some(({ call }) => test(call));
  }

  /**
   * Takes the next calls of so many bytes together, or one that has more.
   *
   * @param acceptsLarge whether large messages do not have to wait, asked again before each call
   */
  *take(maxBytes: number, acceptsLarge: () => boolean = () => true): Generator<Call> {
    const now = this.#now();
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    let left = maxBytes;
    for (;;) {
      const accepted = acceptsLarge();
      const at = this.#waiting.findIndex(({ isLargeMessage }) => accepted || !isLargeMessage);
      const next = this.#waiting[at];
      if (next === undefined || (next.bytes > left && left < maxBytes)) return;
      this.#waiting.splice(at, 1);
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
