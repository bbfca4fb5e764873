import type { DumbwaiterError } from "../error.ts";
import type { Message } from "../model.ts";

/** Of ephemeral messages, which no window bounds, the newest wait. */
const MAX_EPHEMERAL = 256;

/** Messages that wait for the application to take them, oldest first. */
export class Inbox {
  #waiting = new Map<string, Message>();
  readonly #takers: { resolve(message: Message | undefined): void; reject(error: DumbwaiterError): void }[] =
    [];
  #end: { readonly error: DumbwaiterError | undefined } | undefined;

  put(message: Message): void {
    if (this.#end) return;
    const taker = this.#takers.shift();
    if (taker) {
      taker.resolve(message);
      return;
    }
    this.#waiting.set(message.id, message);
    if (!message.envelope.isEphemeral) return;
    const ephemeral = [...this.#waiting.values()].filter(({ envelope }) => envelope.isEphemeral);
    if (ephemeral.length > MAX_EPHEMERAL) this.#waiting.delete((ephemeral[0] as Message).id);
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
      this.#waiting.delete(id);
      return Promise.resolve(message);
    }
    if (this.#end) return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** @returns whether it was waiting */
  remove(id: string): boolean {
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
    for (const { resolve, reject } of this.#takers.splice(0)) {
      if (error) reject(error);
      else resolve(undefined);
    }
  }
}
