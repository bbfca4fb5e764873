import { asError } from "../error.ts";
import type { Mark, Store } from "../stores/store.ts";

/** How many acknowledged ids are remembered. */
const WINDOW = 10_000;
/** How many ephemeral messages that were handed over are remembered, in memory only. */
const EPHEMERAL_WINDOW = 1_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Which messages have come, and how far each is. What the application has saved is in the store as well. */
export class Ledger {
  readonly #store: Store;
  readonly #window: number;
  readonly #marks = new Map<string, Mark>();
  /** Received, and not acknowledged by the application. */
  readonly #open = new Set<string>();
  /** Ephemeral ones, which must not displace the marks of others. */
  readonly #handedOver = new Set<string>();
  #due = new Map<string, Mark | "forgotten">();
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(store: Store, window = WINDOW) {
    this.#store = store;
    this.#window = window;
  }

  /** @returns the ids that are saved, and of which the server has not confirmed the deletion. @throws DumbwaiterError `store_failed` */
  async load(): Promise<string[]> {
    try {
      for (const [id, mark] of await this.#store.read()) if (UUID.test(id)) this.#marks.set(id, mark);
    } catch (error) {
      throw asError(error, "store_failed", "The store could not be read");
    }
    return [...this.#marks].filter(([, mark]) => mark === "saved").map(([id]) => id);
  }

  stateOf(id: string): Mark | "open" | undefined {
    if (this.#handedOver.has(id)) return "acked";
    return this.#marks.get(id) ?? (this.#open.has(id) ? "open" : undefined);
  }

  open(id: string): void {
    this.#open.add(id);
  }

  /** As if it had never come. */
  drop(id: string): void {
    this.#open.delete(id);
  }

  /** The application has saved the message. @throws DumbwaiterError `store_failed` */
  async saved(id: string): Promise<void> {
    await this.#write([[id, "saved"]]);
    if (this.#marks.get(id) !== "acked") this.#marks.set(id, "saved");
    this.#open.delete(id);
  }

  /** The server has deleted these. @throws DumbwaiterError `store_failed` */
  async acked(ids: readonly string[]): Promise<void> {
    const changes: [string, Mark | "forgotten"][] = [];
    for (const id of ids) {
      if (this.stateOf(id) === "acked") continue;
      this.#marks.set(id, "acked");
      this.#open.delete(id);
      changes.push([id, "acked"]);
    }
    for (const id of this.#oldest()) changes.push([id, "forgotten"]);
    if (changes.length > 0) await this.#write(changes);
  }

  /** An ephemeral message was handed over: it needs no acknowledgement, and the store does not hear of it. */
  handedOver(id: string): void {
    this.#open.delete(id);
    this.#handedOver.add(id);
    for (const oldest of this.#handedOver) {
      if (this.#handedOver.size <= EPHEMERAL_WINDOW) break;
      this.#handedOver.delete(oldest);
    }
  }

  /** Removes and returns what is beyond the window. What the server has not confirmed stays. */
  #oldest(): string[] {
    const gone: string[] = [];
    let excess = this.#marks.size - this.#window;
    for (const [id, mark] of this.#marks) {
      if (excess <= 0) break;
      if (mark === "saved") continue;
      this.#marks.delete(id);
      gone.push(id);
      excess--;
    }
    return gone;
  }

  /** One write at a time: what comes meanwhile makes up the next. */
  #write(changes: Iterable<[string, Mark | "forgotten"]>): Promise<void> {
    for (const [id, mark] of changes) this.#due.set(id, mark);
    this.#next ??= this.#writing.then(() => {
      const due = this.#due;
      this.#due = new Map();
      this.#next = undefined;
      const write = this.#store.write(due);
      this.#writing = write.catch(() => {});
      return write;
    });
    return this.#next.catch((error) => {
      throw asError(error, "store_failed", "The store could not be written");
    });
  }
}
