import type { IngressDelivery } from "@dumbwaiter/core";

/**
 * Records that wait for a batch. One is taken from each recipient in turn, so that nobody waits behind the many of
 * another.
 */
export class WaitingRecords {
  readonly #byRecipient = new Map<string, IngressDelivery[]>();
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(delivery: IngressDelivery): void {
    const recipient = recipientOf(delivery);
    const records = this.#byRecipient.get(recipient);
    if (records) records.push(delivery);
    else this.#byRecipient.set(recipient, [delivery]);
    this.#length += 1;
    this.#bytes += delivery.record.data.length;
  }

  /**
   * Takes the next records: at least one, if there is any, and at most so many, of so many bytes together. A recipient
   * whose next record does not fit keeps its turn; the small records of others do not wait for it.
   */
  take(maxRecords: number, maxBytes: number): IngressDelivery[] {
    const taken: IngressDelivery[] = [];
    let bytes = 0;
    // A recipient that is set again comes last in the iteration under way.
    for (const [recipient, records] of this.#byRecipient) {
      const [next] = records as [IngressDelivery];
      if (taken.length === maxRecords) break;
      if (taken.length > 0 && bytes + next.record.data.length > maxBytes) continue;
      taken.push(next);
      bytes += next.record.data.length;
      records.shift();
      this.#byRecipient.delete(recipient);
      if (records.length > 0) this.#byRecipient.set(recipient, records);
    }
    this.#length -= taken.length;
    this.#bytes -= bytes;
    return taken;
  }

  countOf(recipient: string): number {
    return this.#byRecipient.get(recipient)?.length ?? 0;
  }

  /** Takes all records of one recipient. */
  takeAllOf(recipient: string): IngressDelivery[] {
    const records = this.#byRecipient.get(recipient) ?? [];
    this.#byRecipient.delete(recipient);
    this.#length -= records.length;
    for (const { record } of records) this.#bytes -= record.data.length;
    return records;
  }

  /** Records that were taken come next again. */
  putBack(deliveries: readonly IngressDelivery[]): void {
    if (deliveries.length === 0) return;
    const behind = [...this.#byRecipient];
    this.#byRecipient.clear();
    for (const delivery of deliveries) this.add(delivery);
    for (const [recipient, records] of behind) {
      const before = this.#byRecipient.get(recipient) ?? [];
      this.#byRecipient.set(recipient, [...before, ...records]);
    }
  }
}

export function recipientOf({ record }: IngressDelivery): string {
  return record.attributes.recipient ?? "";
}
