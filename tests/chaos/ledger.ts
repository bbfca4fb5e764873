import type { WireMessage } from "../wire/wire-user.ts";

/** How long a message may wait once it is accepted, its recipient is there, and the last fault has ended. */
const STUCK_AFTER_MS = 30_000;

export interface ChaosReport {
  /** Messages answered with 202. */
  sent: number;
  /** Of these, those that their recipient has received. */
  delivered: number;
  /** Receipts of a message that had been received before. */
  duplicates: number;
  /** Accepted and never received, nor queued at the end. */
  lost: number;
  /** Received more than 30 s after acceptance, the recipient's coming and the end of the last fault before. */
  stuck: number;
  /** Receipts that break the contract: another's message, other bytes, a second id for one message. */
  wrong: number;
  /** Messages that were not accepted before the run ended. */
  refused: number;
  /** The longest wait, as `stuck` counts it. */
  slowestMs: number;
}

interface Accepted {
  recipient: string;
  data: string;
  at: number;
}

interface Receipt {
  user: string;
  data: string;
  at: number;
  count: number;
}

/** Who was sent what, who received what, and when. Times are milliseconds of any one clock. */
export class Ledger {
  readonly #intended = new Map<string, string>();
  readonly #accepted = new Map<string, Accepted>();
  readonly #receipts = new Map<string, Receipt>();
  readonly #presentSince = new Map<string, number>();
  readonly #overdue = new Set<string>();
  readonly #faultEnds: number[] = [];
  #wrong = 0;

  /** `data` tells messages apart; it is what must arrive. */
  intends(data: string, recipient: string): void {
    this.#intended.set(data, recipient);
  }

  accepts(id: string, data: string, at: number): void {
    const recipient = this.#intended.get(data);
    if (recipient === undefined || this.#accepted.has(id)) this.#wrong++;
    else {
      this.#accepted.set(id, { recipient, data, at });
      if (this.#presentSince.has(recipient) && !this.#receipts.has(id)) this.#overdue.add(id);
    }
  }

  receives(user: string, { id, envelope }: WireMessage, at: number): void {
    const receipt = this.#receipts.get(id);
    this.#overdue.delete(id);
    if (this.#intended.get(envelope.encryptedData) !== user) this.#wrong++;
    else if (receipt === undefined) {
      this.#receipts.set(id, { user, data: envelope.encryptedData, at, count: 1 });
    } else if (receipt.user !== user || receipt.data !== envelope.encryptedData) this.#wrong++;
    else receipt.count++;
  }

  /** From now on the user listens or asks. */
  isPresent(user: string, at: number): void {
    this.#presentSince.set(user, at);
  }

  faultEnds(at: number): void {
    this.#faultEnds.push(at);
  }

  get acceptedCount(): number {
    return this.#accepted.size;
  }

  get receivedCount(): number {
    return this.#receipts.size;
  }

  /** How many messages have been accepted for users who were present then, and not received. */
  get overdueCount(): number {
    return this.#overdue.size;
  }

  /** Accepted messages that nobody has received. */
  missing(): { id: string; recipient: string }[] {
    const missing = [...this.#accepted].filter(([id]) => !this.#receipts.has(id));
    return missing.map(([id, { recipient }]) => ({ id, recipient }));
  }

  report(): ChaosReport {
    const received = [...this.#accepted].flatMap(([id, accepted]) => {
      const receipt = this.#receipts.get(id);
      return receipt === undefined ? [] : [{ accepted, receipt }];
    });
    const waits = received.map(({ accepted, receipt }) => this.#wait(accepted, receipt));
    const counts = [...this.#receipts.values()].map(({ count }) => count);
    return {
      sent: this.#accepted.size,
      delivered: received.length,
      duplicates: counts.reduce((sum, count) => sum + count - 1, 0),
      lost: this.#accepted.size - received.length,
      stuck: waits.filter((wait) => wait > STUCK_AFTER_MS).length,
      wrong: this.#wrong + this.#secondIds(received.map(({ receipt }) => receipt)),
      refused: this.#intended.size - this.#accepted.size,
      slowestMs: waits.reduce((a, b) => Math.max(a, b), 0),
    };
  }

  #wait({ recipient, at }: Accepted, receipt: Receipt): number {
    const faultEnd = this.#faultEnds.findLast((end) => end <= receipt.at) ?? 0;
    return receipt.at - Math.max(at, faultEnd, this.#presentSince.get(recipient) ?? 0);
  }

  /** Receipts under an id that no sender was told, of messages accepted under another. */
  #secondIds(known: Receipt[]): number {
    const accepted = new Set([...this.#accepted.values()].map(({ data }) => data));
    const copies = [...this.#receipts.values()].filter(({ data }) => accepted.has(data));
    return copies.length - known.length;
  }
}
