/** How long an accepted message may wait for a present recipient while no fault is under way. */
const STUCK_AFTER_MS = 30_000;

export interface ChaosReport {
  /** Messages answered with 202. */
  sent: number;
  /** Of these, those that the recipient received. */
  delivered: number;
  /** Receipts of a message that was received before. */
  duplicates: number;
  /** Accepted, but neither received nor queued at the end. */
  lost: number;
  /** Waited for more than 30 s at a stretch, after acceptance, with the recipient present and no fault under way. */
  stuck: number;
  /** Receipts that break the contract: another user's message, other bytes, a second id for one message. */
  wrong: number;
  /** Messages that were not accepted before the run ended. */
  refused: number;
  /** The longest wait, as `stuck` counts it. */
  slowestMs: number;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly envelope: { readonly encryptedData: string };
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

interface Fault {
  readonly name: string;
  readonly from: number;
  to: number;
}

/** How long a message waited, and after which fault. */
export interface Wait {
  readonly id: string;
  readonly recipient: string;
  /** The longest stretch without a fault that it spent waiting. */
  readonly ms: number;
  /** The fault that this stretch came after. */
  readonly after: string | undefined;
}

/** What was sent to whom, who received what, and when. Times are milliseconds of any one clock. */
export class Ledger {
  readonly #intended = new Map<string, string>();
  readonly #accepted = new Map<string, Accepted>();
  readonly #receipts = new Map<string, Receipt>();
  readonly #presentSince = new Map<string, number>();
  readonly #overdue = new Set<string>();
  readonly #faults: Fault[] = [];
  #wrong = 0;

  /** `data` identifies the message; it is what must arrive. */
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

  /** @param at when it arrived; for a user who pulls, the last pull that returned without it */
  receives(user: string, { id, envelope }: ReceivedMessage, at: number): void {
    const receipt = this.#receipts.get(id);
    this.#overdue.delete(id);
    if (this.#intended.get(envelope.encryptedData) !== user) this.#wrong++;
    else if (receipt === undefined) {
      this.#receipts.set(id, { user, data: envelope.encryptedData, at, count: 1 });
    } else if (receipt.user !== user || receipt.data !== envelope.encryptedData) this.#wrong++;
    else receipt.count++;
  }

  /** From now on the user is connected or pulls. */
  isPresent(user: string, at: number): void {
    this.#presentSince.set(user, at);
  }

  /** Waiting does not count until the fault ends. One fault at a time. */
  faultBegins(name: string, at: number): void {
    this.#faults.push({ name, from: at, to: Number.POSITIVE_INFINITY });
  }

  faultEnds(at: number): void {
    const fault = this.#faults.at(-1);
    if (fault) fault.to = at;
  }

  get acceptedCount(): number {
    return this.#accepted.size;
  }

  get receivedCount(): number {
    return this.#receipts.size;
  }

  /** How many messages were accepted for users who were present, and are not yet received. */
  get overdueCount(): number {
    return this.#overdue.size;
  }

  /** Accepted messages that were never received. */
  missing(): { id: string; recipient: string }[] {
    const missing = [...this.#accepted].filter(([id]) => !this.#receipts.has(id));
    return missing.map(([id, { recipient }]) => ({ id, recipient }));
  }

  /** Every message that was received, the longest wait first. */
  waits(): Wait[] {
    return this.#received()
      .map(({ id, accepted, receipt }) => this.#wait(id, accepted, receipt))
      .sort((a, b) => b.ms - a.ms);
  }

  report(): ChaosReport {
    const received = this.#received();
    const waits = this.waits();
    const counts = [...this.#receipts.values()].map(({ count }) => count);
    return {
      sent: this.#accepted.size,
      delivered: received.length,
      duplicates: counts.reduce((sum, count) => sum + count - 1, 0),
      lost: this.#accepted.size - received.length,
      stuck: waits.filter(isStuck).length,
      wrong: this.#wrong + this.#secondIds(received.map(({ receipt }) => receipt)),
      refused: this.#intended.size - this.#accepted.size,
      slowestMs: waits[0]?.ms ?? 0,
    };
  }

  #received() {
    return [...this.#accepted].flatMap(([id, accepted]) => {
      const receipt = this.#receipts.get(id);
      return receipt === undefined ? [] : [{ id, accepted, receipt }];
    });
  }

  #wait(id: string, { recipient, at }: Accepted, receipt: Receipt): Wait {
    const from = Math.max(at, this.#presentSince.get(recipient) ?? 0);
    let longest = { ms: 0, after: undefined as string | undefined };
    const beginnings = [{ name: undefined, to: 0 }, ...this.#faults];
    for (const [index, { name, to }] of beginnings.entries()) {
      const peaceEnds = this.#faults[index]?.from ?? Number.POSITIVE_INFINITY;
      const ms = Math.min(receipt.at, peaceEnds) - Math.max(from, to);
      if (ms > longest.ms) longest = { ms, after: name };
    }
    return { id, recipient, ...longest };
  }

  /** Receipts of accepted messages under an id that no sender was given. */
  #secondIds(known: Receipt[]): number {
    const accepted = new Set([...this.#accepted.values()].map(({ data }) => data));
    const copies = [...this.#receipts.values()].filter(({ data }) => accepted.has(data));
    return copies.length - known.length;
  }
}

/** One report of several ledgers: each device's copy of a message counts. */
export function addedUp(reports: readonly ChaosReport[]): ChaosReport {
  const sum = (count: (report: ChaosReport) => number) =>
    reports.reduce((total, each) => total + count(each), 0);
  return {
    sent: sum(({ sent }) => sent),
    delivered: sum(({ delivered }) => delivered),
    duplicates: sum(({ duplicates }) => duplicates),
    lost: sum(({ lost }) => lost),
    stuck: sum(({ stuck }) => stuck),
    wrong: sum(({ wrong }) => wrong),
    refused: sum(({ refused }) => refused),
    slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
  };
}

export function isStuck({ ms }: Wait): boolean {
  return ms > STUCK_AFTER_MS;
}
