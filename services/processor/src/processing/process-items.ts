import {
  type Clock,
  DEFAULT_QUEUE,
  type Delivery,
  type DeliveryBus,
  type Device,
  type DeviceRegistry,
  type MessageQueues,
  type StoreOutcome,
  type StoreRequest,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import { type Item, isExpired } from "../intake/check-records.ts";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";
import type { DeadLetterPublisher } from "./dead-letter-publisher.ts";
import { type MessageSpans, startMessageSpans } from "./message-spans.ts";
import type { PushRequester, Target } from "./push-requester.ts";
import type { ResyncRaiser } from "./resync-raiser.ts";

/**
 * Processes checked messages to the end: store, deliver, push, ack, in this order, so that whatever is interrupted is
 * redelivered. Only outages are waited out.
 *
 * @throws any unexpected error, before any of the records is acked
 */
export type ProcessItems = (items: readonly Item[]) => Promise<void>;

interface ProcessDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly bus: DeliveryBus;
  readonly clock: Clock;
  readonly outages: Pick<Outages, "hold">;
  readonly deadLetters: DeadLetterPublisher;
  readonly pushes: PushRequester;
  readonly resync: ResyncRaiser;
  readonly metrics: ProcessorMetrics;
  readonly logger: Logger;
}

type DevicesByUser = Map<UserId, readonly Device[]>;

export function createProcessItems(dependencies: ProcessDependencies): ProcessItems {
  const { devices, queues, bus, clock, outages, deadLetters, pushes, resync, metrics, logger } = dependencies;

  function lookup(items: readonly Item[]): Promise<DevicesByUser> {
    const users = [...new Set(items.map(({ message }) => message.recipient))];
    return outages.hold("lookup", () => devices.lookup(users));
  }

  /** @returns the messages that the store will never accept, with the reason */
  async function store(items: readonly Item[], found: DevicesByUser): Promise<Map<Item, string>> {
    const refused = new Map<Item, string>();
    if (items.length === 0) return refused;
    const requests = items.map(({ message }) => storeRequest(message, found.get(message.recipient)));
    const outcomes = await outages.hold("store", async () => {
      const endTimer = metrics.storeSeconds.startTimer();
      const answered = await queues.store(requests);
      endTimer();
      return answered;
    });
    items.forEach((item, index) => {
      const outcome = outcomes[index] as StoreOutcome;
      if (outcome !== "stored") refused.set(item, outcome.refused);
    });
    metrics.stored.inc(items.length - refused.size);
    return refused;
  }

  /**
   * A first device may have registered between the lookup and the store: it adopted the queue and read it before the
   * message was there. A second lookup after the store finds every such device; a later one finds the message.
   */
  async function findAdopters(stored: readonly Item[], found: DevicesByUser): Promise<void> {
    const unowned = stored.filter(({ message }) => !found.get(message.recipient)?.length);
    if (unowned.length === 0) return;
    for (const [user, registered] of await lookup(unowned)) {
      found.set(
        user,
        registered.filter(({ queue }) => queue === DEFAULT_QUEUE),
      );
    }
  }

  /** @returns the targets that no node holds, as far as is known */
  async function deliver(targets: readonly Target[], spans: MessageSpans): Promise<readonly Target[]> {
    if (targets.length === 0) return targets;
    try {
      const reached = await bus.deliver(targets.map((target) => toDelivery(target, spans)));
      const offline = targets.filter((_, index) => !reached[index]);
      metrics.delivered.inc(targets.length - offline.length);
      return offline;
    } catch (error) {
      // What is stored is safe: devices get it after the resync, or after the push that wakes them.
      if (!(error instanceof UnavailableError)) logger.error({ err: error }, "delivery failed");
      if (targets.some(({ message }) => !message.ephemeral)) resync.raise();
      return targets;
    }
  }

  async function process(items: readonly Item[], spans: MessageSpans): Promise<void> {
    const found = await lookup(items);
    const lasting = items.filter(({ message }) => !message.ephemeral);
    const refused = await store(lasting, found);
    await findAdopters(
      lasting.filter((item) => !refused.has(item)),
      found,
    );
    // An outage may have held the batch for a long time, so the age of ephemeral messages is checked again.
    const expired = new Set(items.filter(({ message }) => isExpired(message, clock)));
    metrics.ephemeralExpired.inc(expired.size);
    const live = items.filter((item) => !refused.has(item) && !expired.has(item));
    const targets = live.flatMap(({ message }) =>
      (found.get(message.recipient) ?? []).map((device) => ({ message, device })),
    );
    await pushes.request(await deliver(targets, spans));
    for (const item of items) {
      const reason = refused.get(item);
      for (const delivery of item.deliveries) {
        if (reason === undefined) delivery.ack();
        else deadLetters.send(delivery, "refused_by_store", reason);
      }
    }
  }

  return async (items) => {
    const spans = startMessageSpans(items.map(({ message }) => message));
    try {
      await process(items, spans);
    } catch (error) {
      spans.fail();
      throw error;
    }
    spans.end();
  };
}

function storeRequest(
  { recipient: user, id, bytes }: Item["message"],
  found: readonly Device[] = [],
): StoreRequest {
  const queues = found.length > 0 ? found.map(({ queue }) => queue) : [DEFAULT_QUEUE];
  return { id, envelope: bytes, queues: queues.map((queue) => ({ user, queue })) };
}

function toDelivery({ message, device }: Target, spans: MessageSpans): Delivery {
  const { id, bytes, recipient, acceptedAt } = message;
  const traceparent = spans.traceparent(message);
  return {
    user: recipient,
    device: device.id,
    id,
    envelope: bytes,
    acceptedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
