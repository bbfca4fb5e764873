import type { Socket } from "node:net";

/** How much of what waits to be written has gone; two that differ mean that some bytes went in between. */
type WriteProgress = string;

/**
 * Tells to whom nothing is written for a while, although bytes wait. Checks are counted rather than time measured, so
 * that a process that was itself blocked cuts nobody off.
 */
export class StallDetector<Key extends object> {
  readonly #checks: number;
  readonly #seen = new WeakMap<Key, { readonly progress: WriteProgress; readonly checks: number }>();

  /** @param checks without progress in a row that make a stall */
  constructor(checks: number) {
    this.#checks = checks;
  }

  /** One check. @param progress undefined when nothing waits */
  isStalled(key: Key, progress: WriteProgress | undefined): boolean {
    const last = this.#seen.get(key);
    if (progress === undefined) this.#seen.delete(key);
    else if (progress !== last?.progress) this.#seen.set(key, { progress, checks: 0 });
    else if (last.checks + 1 < this.#checks) this.#seen.set(key, { progress, checks: last.checks + 1 });
    else return true;
    return false;
  }
}

/**
 * Node counts a write as waiting until all of it is out. Only the handle, which Node itself reads to tell a slow socket
 * from an idle one, says how much of it is left.
 *
 * @param handedOver bytes that the socket was given and that it does not count as waiting
 */
export function writeProgress(socket: Socket, handedOver: number): WriteProgress {
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return `${handedOver}/${handle?.writeQueueSize ?? 0}`;
}
