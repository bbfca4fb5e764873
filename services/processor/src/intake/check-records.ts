import {
  type AcceptedMessage,
  type Clock,
  EPHEMERAL_TTL_MS,
  fromIngressRecord,
  type IngressDelivery,
  PoisonRecordError,
} from "@dumbwaiter/core";

/** A message with every record that carries it: a batch may hold a sender's retry besides the first try. */
export interface Item {
  readonly message: AcceptedMessage;
  readonly deliveries: readonly IngressDelivery[];
}

interface CheckedRecords {
  readonly items: readonly Item[];
  readonly poison: readonly { readonly delivery: IngressDelivery; readonly error: PoisonRecordError }[];
  /** Records whose check itself failed. */
  readonly failed: readonly { readonly delivery: IngressDelivery; readonly error: unknown }[];
}

/**
 * The messages of records that were put back. To keep those of all records would cost more garbage collection than it
 * saves parsing.
 */
const parsed = new WeakMap<IngressDelivery, AcceptedMessage>();

/** Call it with items that are put back, so that their records are not parsed again. */
export function rememberItems(items: readonly Item[]): void {
  for (const { message, deliveries } of items)
    for (const delivery of deliveries) parsed.set(delivery, message);
}

/** Checks the records of a batch, each on its own, so that a bad one does not affect the others. */
export function checkRecords(batch: readonly IngressDelivery[], maxEnvelopeBytes: number): CheckedRecords {
  const items = new Map<string, { message: AcceptedMessage; deliveries: IngressDelivery[] }>();
  const poison: CheckedRecords["poison"][number][] = [];
  const failed: CheckedRecords["failed"][number][] = [];
  for (const delivery of batch) {
    try {
      const message = parsed.get(delivery) ?? fromIngressRecord(delivery.record, maxEnvelopeBytes);
      const key = `${message.recipient}/${message.id}`;
      const same = items.get(key);
      if (same) same.deliveries.push(delivery);
      else items.set(key, { message, deliveries: [delivery] });
    } catch (error) {
      if (error instanceof PoisonRecordError) poison.push({ delivery, error });
      else failed.push({ delivery, error });
    }
  }
  return { items: [...items.values()], poison, failed };
}

export function isExpired({ ephemeral, acceptedAt }: AcceptedMessage, clock: Clock): boolean {
  return ephemeral && clock.now() - acceptedAt > EPHEMERAL_TTL_MS;
}
