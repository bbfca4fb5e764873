import type { Message, Page, PulledMessage } from "../model.ts";
import type { AckSender } from "./ack-sender.ts";
import { Inbox } from "./inbox.ts";
import type { Ledger } from "./ledger.ts";

interface DrainOptions {
  pull(): Promise<Page>;
  /** Resolves once what was acknowledged is deleted. */
  flush(): Promise<void>;
}

/** What has come and what becomes of it: each message is handed over once, and acknowledged until it is deleted. */
export class Deliveries {
  readonly #ledger: Ledger;
  readonly #acks: AckSender;
  readonly #inbox = new Inbox();
  /** Acknowledgements that are not in the store yet. */
  readonly #recording = new Set<Promise<void>>();

  constructor(ledger: Ledger, acks: AckSender) {
    this.#ledger = ledger;
    this.#acks = acks;
  }

  /** A message has come over the socket, perhaps again. */
  receive(message: PulledMessage): void {
    if (!this.#isNew(message.id)) return;
    this.#ledger.open(message.id);
    const displaced = this.#inbox.put(this.#messageOf(message));
    if (displaced !== undefined) this.#ledger.drop(displaced);
  }

  /** The connection is lost: what was not handed over will come again, in the order of the queue. */
  dropQueued(): void {
    for (const id of this.#inbox.dropQueued()) this.#ledger.drop(id);
  }

  /** There will be no more. */
  end: Inbox["end"] = (error) => this.#inbox.end(error);

  /** Resolves once every `ack()` that was called is recorded, and handed to the sender, or has failed. */
  async recorded(): Promise<void> {
    while (this.#recording.size > 0) await Promise.allSettled(this.#recording);
  }

  async *messages(): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const message = await this.#inbox.take();
      if (message === undefined) return;
      yield* this.#handOver(message);
    }
  }

  /** Hands over what is queued. Ends when a pull finds nothing new. */
  async *drain({ pull, flush }: DrainOptions): AsyncGenerator<Message, void, undefined> {
    for (let progress = true; progress; ) {
      progress = false;
      const { messages } = await pull();
      for (const pulled of messages) {
        // One that waits for a loop over messages() can be handed over here as well.
        if (!this.#inbox.remove(pulled.id) && !this.#isNew(pulled.id)) continue;
        this.#ledger.open(pulled.id);
        progress = true;
        yield* this.#handOver(this.#messageOf(pulled));
      }
      await flush();
    }
  }

  /** A loop that ends early, by `break` or an error, gives back a message that it has not acknowledged. */
  async *#handOver(message: Message): AsyncGenerator<Message, void, undefined> {
    if (message.envelope.isEphemeral) this.#ledger.handedOver(message.id);
    let goesOn = false;
    try {
      yield message;
      goesOn = true;
    } finally {
      if (!goesOn && this.#ledger.stateOf(message.id) === "open") this.#inbox.putBack(message);
    }
  }

  /** Acknowledges it again if the application has saved it. */
  #isNew(id: string): boolean {
    const state = this.#ledger.stateOf(id);
    if (state === "saved" || state === "acked") this.#acks.add([id]);
    return state === undefined;
  }

  #messageOf({ id, envelope }: PulledMessage): Message {
    return {
      id,
      envelope,
      ack: () => {
        const recording = this.#record(id).finally(() => this.#recording.delete(recording));
        this.#recording.add(recording);
        return recording;
      },
    };
  }

  async #record(id: string): Promise<void> {
    if (this.#ledger.stateOf(id) !== "open") return;
    await this.#ledger.saved(id);
    this.#inbox.remove(id);
    this.#acks.add([id]);
  }
}
