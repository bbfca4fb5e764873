import {
  type AcceptedMessage,
  DEFAULT_QUEUE,
  type Delivery,
  type DeliveryBus,
  type Device,
  PartlyDeliveredError,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Target } from "./push-requester.ts";

export type DevicesByUser = ReadonlyMap<UserId, readonly Device[]>;

interface DeliveryOutcome {
  /** The targets that no node holds, as far as is known. */
  readonly offline: readonly Target[];
  /** Those of them that may have reached nobody although they could have. */
  readonly failed: readonly Target[];
}

interface LiveDeliveryDependencies {
  readonly bus: DeliveryBus;
  readonly lookup: (messages: readonly AcceptedMessage[]) => Promise<DevicesByUser>;
  readonly metrics: Pick<ProcessorMetrics, "delivered">;
  readonly logger: Logger;
  /** Told what has reached a node. */
  readonly delivered: (targets: readonly Target[]) => void;
}

/** Delivers messages to the devices that were found before they were stored, and to those that came meanwhile. */
export function createLiveDelivery({ bus, lookup, metrics, logger, delivered }: LiveDeliveryDependencies) {
  async function deliver(targets: readonly Target[]): Promise<DeliveryOutcome> {
    if (targets.length === 0) return { offline: [], failed: [] };
    const reached = await nodesReached(targets);
    const online = targets.filter((_, index) => reached[index]);
    metrics.delivered.inc(online.length);
    delivered(online);
    return {
      offline: targets.filter((_, index) => !reached[index]),
      failed: targets.filter((_, index) => reached[index] === undefined),
    };
  }

  /** @returns for each, the number of nodes, or undefined when that is unknown */
  async function nodesReached(targets: readonly Target[]): Promise<readonly (number | undefined)[]> {
    try {
      return await bus.deliver(targets.map(toDelivery));
    } catch (error) {
      if (error instanceof PartlyDeliveredError) return error.reached;
      // What is stored is safe: devices get it after the resync, or after the push that wakes them.
      if (!(error instanceof UnavailableError))
        logger.error({ err: error }, "failed to deliver messages; will resync the devices");
      return [];
    }
  }

  /**
   * The queue `default` may have changed hands between the lookup and the store: its first device has registered, or
   * a new one after the last was removed, and has read the queue before the message was there. The second lookup, for
   * messages that reached nobody there, finds every such device; one that registers later finds the message. (A
   * removed device whose sockets are still open is realtime's affair: it passes on what it got.)
   */
  async function adopters(
    messages: readonly AcceptedMessage[],
    found: DevicesByUser,
    offline: readonly Target[],
  ): Promise<readonly Target[]> {
    const unreached = new Set(offline.filter(isOwner).map(({ message }) => message));
    const missed = messages.filter(
      (message) => !message.ephemeral && (unreached.has(message) || !found.get(message.recipient)?.length),
    );
    if (missed.length === 0) return [];
    const registered = await lookup(missed);
    return targetsOf(missed, registered).filter(
      (target) =>
        isOwner(target) && !found.get(target.message.recipient)?.some(({ id }) => id === target.device.id),
    );
  }

  return async (messages: readonly AcceptedMessage[], found: DevicesByUser): Promise<DeliveryOutcome> => {
    const first = await deliver(targetsOf(messages, found));
    const adopting = await adopters(messages, found, first.offline);
    const replaced = new Set(adopting.map(({ message }) => message));
    const second = await deliver(adopting);
    const offline = first.offline.filter((target) => !(isOwner(target) && replaced.has(target.message)));
    return { offline: [...offline, ...second.offline], failed: [...first.failed, ...second.failed] };
  };
}

function isOwner({ device }: Target): boolean {
  return device.queue === DEFAULT_QUEUE;
}

function targetsOf(messages: readonly AcceptedMessage[], found: DevicesByUser): Target[] {
  return messages.flatMap((message) =>
    (found.get(message.recipient) ?? []).map((device) => ({ message, device })),
  );
}

function toDelivery({ message, device }: Target): Delivery {
  const { id, bytes, recipient, acceptedAt, ephemeral } = message;
  return {
    user: recipient,
    device: device.id,
    id,
    envelope: bytes,
    acceptedAt,
    ...(ephemeral ? { ephemeral } : {}),
  };
}
