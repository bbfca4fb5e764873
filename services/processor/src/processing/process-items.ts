import {
  type AcceptedMessage,
  type Clock,
  DEFAULT_QUEUE,
  type DeliveryBus,
  type Device,
  type DeviceRegistry,
  type IngressDelivery,
  type MessageQueues,
  type StoreOutcome,
  type StoreRequest,
  tooLargeToStore,
  type UserId,
} from "@dumbwaiter/core";
import { type Logger, type MessageSteps, PacedTurns, type Step } from "@dumbwaiter/service";
import { type Item, isExpired } from "../intake/check-records.ts";
import { isLarge, LARGE_BYTES_PER_SECOND } from "../large-messages.ts";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";
import type { DeadLetterPublisher } from "./dead-letter-publisher.ts";
import { createLiveDelivery, type DevicesByUser } from "./live-delivery.ts";
import type { LostNodePushes } from "./lost-node-pushes.ts";
import { addressOf, type PushRequester } from "./push-requester.ts";
import type { ResyncRaiser } from "./resync-raiser.ts";

/**
 * Processes checked messages to the end: store, deliver, push, ack, in this order, so that whatever is interrupted is
 * redelivered. Only outages are waited out.
 *
 * @param putBack gets the last of the items, which are too much for their recipients' devices; none in most cases
 * @throws any unexpected error, before any of the records is acked
 */
export type ProcessItems = (items: readonly Item[], putBack: PutBackItems) => Promise<void>;

export type PutBackItems = (items: readonly Item[]) => void;

/**
 * Bytes of envelopes times devices that are stored and delivered together, unless one message has more. With the
 * batches in flight, it bounds what is under way in the process, and how long others wait for their turn.
 */
const MAX_COPIES_BYTES = 4 * 1024 * 1024;

/** Messages times devices, likewise: a full batch for users with two devices. */
const MAX_COPIES = 1_000;

const WHOLE_BATCH_REFUSED =
  "the store refused every message of a batch; given back to the ingress, which delivers them again";

interface ProcessDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly bus: DeliveryBus;
  readonly clock: Clock;
  readonly outages: Pick<Outages, "hold">;
  readonly deadLetters: DeadLetterPublisher;
  readonly pushes: PushRequester;
  readonly resync: ResyncRaiser;
  readonly lostNodePushes: Pick<LostNodePushes, "delivered">;
  readonly metrics: ProcessorMetrics;
  readonly steps: MessageSteps;
  readonly logger: Logger;
}

export function createProcessItems(dependencies: ProcessDependencies): ProcessItems {
  const { devices, queues, clock, outages, deadLetters, pushes, resync, lostNodePushes } = dependencies;
  const { metrics, steps, logger } = dependencies;
  const turns = new PacedTurns(LARGE_BYTES_PER_SECOND);
  const deliver = createLiveDelivery({ ...dependencies, lookup, delivered: lostNodePushes.delivered });

  function lookup(messages: readonly AcceptedMessage[]): Promise<DevicesByUser> {
    const users = [...new Set(messages.map(({ recipient }) => recipient))];
    return outages.hold("lookup", () => devices.lookup(users));
  }

  /** @returns the messages that the store will never accept, with the reason */
  async function store(items: readonly Item[], found: DevicesByUser): Promise<Map<Item, string>> {
    const refused = new Map<Item, string>();
    if (items.length === 0) return refused;
    const requests = items.map(({ message }) => storeRequest(message, found.get(message.recipient)));
    const since = performance.now();
    await turnsOfLarge(requests);
    const outcomes = await outages.hold("store", async () => {
      const endTimer = metrics.storeSeconds.startTimer();
      const answered = await queues.store(requests);
      endTimer();
      return answered;
    });
    items.forEach((item, index) => {
      const outcome = outcomes[index] as StoreOutcome;
      if (outcome !== "stored") refused.set(item, outcome.refused);
      const { id, recipient } = item.message;
      if (steps.follows(id)) steps.took("store", id, storeStep(since, outcome, found.get(recipient)));
    });
    metrics.stored.inc(items.length - refused.size);
    return refused;
  }

  /** Many large messages at once would take all of the processor's time. */
  async function turnsOfLarge(requests: readonly StoreRequest[]): Promise<void> {
    const large = requests.filter(({ envelope }) => isLarge(envelope));
    await Promise.all(
      large.map(({ envelope, queues: [queue, ...others] }) =>
        turns.next(queue?.user as UserId, envelope.length * (1 + others.length)),
      ),
    );
  }

  async function process(items: readonly Item[], found: DevicesByUser, since: number): Promise<void> {
    const lasting = items.filter(({ message }) => !message.ephemeral);
    const refused = await store(lasting, found);
    // An outage may have held the batch for a long time, so the age of ephemeral messages is checked again.
    const expired = new Set(items.filter(({ message }) => isExpired(message, clock)));
    metrics.ephemeralExpired.inc(expired.size);
    const live = items.filter((item) => !refused.has(item) && !expired.has(item));
    const { offline, failed } = await deliver(
      live.map(({ message }) => message),
      found,
    );
    await pushes.request(offline);
    const missed = failed.filter(({ message }) => !message.ephemeral);
    const missedMessages = new Set(missed.map(({ message }) => message));
    const owed: IngressDelivery[] = [];
    const wholeBatch = isWholeBatch(refused, lasting);
    if (wholeBatch) logger.error({ refused: refused.size, reason: wholeBatch }, WHOLE_BATCH_REFUSED);
    for (const item of items) {
      const reason = refused.get(item);
      for (const delivery of item.deliveries) {
        if (reason !== undefined && wholeBatch) giveBack(delivery);
        else if (reason !== undefined) deadLetters.send(delivery, "refused_by_store", reason);
        else if (missedMessages.has(item.message)) owed.push(delivery);
        else delivery.ack();
      }
      // A dead letter tells of itself.
      if (reason === undefined) tellOfEnd(item, since, expired.has(item) ? "expired" : undefined);
      else if (wholeBatch) tellOfEnd(item, since, "batch_refused");
    }
    if (owed.length > 0) resync.raiseFor(owed, missed.map(addressOf));
  }

  function tellOfEnd({ message: { id } }: Item, since: number, error?: string): void {
    steps.took("process", id, { since, ...(error === undefined ? {} : { error }) });
  }

  function giveBack(delivery: IngressDelivery): void {
    metrics.nacked.inc({ reason: "batch_refused" });
    delivery.nack();
  }

  return async (all, putBack) => {
    const since = performance.now();
    const found = await lookup(all.map(({ message }) => message));
    const items = all.slice(0, countThatFit(all, found));
    putBack(all.slice(items.length));
    try {
      await process(items, found, since);
    } catch (error) {
      for (const item of items) tellOfEnd(item, since, "internal");
      throw error;
    }
  };
}

/** How many of the first items are taken; the others keep their turn, so that none is passed over for ever. */
function countThatFit(items: readonly Item[], found: DevicesByUser): number {
  let copies = 0;
  let bytes = 0;
  const end = items.findIndex(({ message }, index) => {
    const devices = Math.max(1, found.get(message.recipient)?.length ?? 0);
    copies += devices;
    bytes += message.bytes.length * devices;
    return index > 0 && (copies > MAX_COPIES || bytes > MAX_COPIES_BYTES);
  });
  return end === -1 ? items.length : end;
}

/**
 * Messages that are invalid are few among many. If the store refuses each of several for a reason that we do not know,
 * the fault is more likely ours than theirs.
 *
 * @returns one of the reasons
 */
function isWholeBatch(refused: ReadonlyMap<Item, string>, items: readonly Item[]): string | undefined {
  if (items.length < 2 || refused.size < items.length) return;
  const unexplained = [...refused].filter(([{ message }]) => !tooLargeToStore(message.bytes));
  return unexplained.length === items.length ? unexplained[0]?.[1] : undefined;
}

function storeRequest(
  { recipient: user, id, bytes }: AcceptedMessage,
  found: readonly Device[] = [],
): StoreRequest {
  const queues = found.length > 0 ? found.map(({ queue }) => queue) : [DEFAULT_QUEUE];
  return { id, envelope: bytes, queues: queues.map((queue) => ({ user, queue })) };
}

/** The devices are for the log alone. */
function storeStep(since: number, outcome: StoreOutcome, found: readonly Device[] = []): Step {
  const queues = found.map(({ id: device, queue }) => ({ device, queue }));
  return { since, log: { queues }, ...(outcome === "stored" ? {} : { error: "refused_by_store" }) };
}
