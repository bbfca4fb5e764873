import type { DumbwaiterError } from "../error.ts";
import type { Message } from "../model.ts";

/** Of ephemeral messages, which no window bounds, the newest wait. */
const MAX_EPHEMERAL = 256;

/** Messages that wait for the application to take them, oldest first. */
export class Inbox {
  #waiting = new Map<string, Message>();
  /** The ids of those that are ephemeral, oldest first. */
  readonly #ephemeral = new Set<string>();
  readonly #takers: { resolve(message: Message | undefined): void; reject(error: DumbwaiterError): void }[] =
    [];
  #end: { readonly error: DumbwaiterError | undefined } | undefined;

  /** @returns the id of the ephemeral message that had to go for it, if one had to */
  put(message: Message): string | undefined {
    if (this.#end) return undefined;
    const taker = this.#takers.shift();
    if (taker) {
      taker.resolve(message);
      return undefined;
    }
    this.#waiting.set(message.id, message);
    if (!message.envelope.isEphemeral) return undefined;
    this.#ephemeral.add(message.id);
    if (this.#ephemeral.size <= MAX_EPHEMERAL) return undefined;
    const [oldest = message.id] = this.#ephemeral;
    this.remove(oldest);
    return oldest;
  }

  /** It will be the next to be taken. */
  putBack(message: Message): void {
    const others = this.#waiting;
    this.#waiting = new Map();
    this.put(message);
    for (const [id, other] of others) this.#waiting.set(id, other);
  }

  /** @returns undefined once there will be no more. @throws DumbwaiterError what the inbox was ended with */
  take(): Promise<Message | undefined> {
    for (const [id, message] of this.#waiting) {
      this.remove(id);
      return Promise.resolve(message);
    }
    if (this.#end) return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** @returns whether it was waiting */
  remove(id: string): boolean {
    this.#ephemeral.delete(id);
    return this.#waiting.delete(id);
  }

  /** The server will send them again, except ephemeral ones, which stay. @returns their ids */
  dropQueued(): string[] {
    const dropped: string[] = [];
    for (const [id, { envelope }] of this.#waiting) {
      if (envelope.isEphemeral) continue;
      this.#waiting.delete(id);
      dropped.push(id);
    }
    return dropped;
  }

  /** There will be no more messages: loops end, or throw the error. */
  end(error?: DumbwaiterError): void {
    if (this.#end) return;
    this.#end = { error };
    this.#waiting.clear();
    this.#ephemeral.clear();
    for (const { resolve, reject } of this.#takers.splice(0)) {
      if (error) reject(error);
      else resolve(undefined);
    }
  }
}
