import { DEFAULT_QUEUE, type DeviceId, type QueueId } from "@dumbwaiter/core";
import { STEP_LINES } from "@dumbwaiter/service/message-lines";
import type { LoggedStep } from "./message-log.ts";

/** How a message left a queue. */
export type QueueEnd = "acknowledged" | "device-removed";

/** A device's queue, or the queue of a user without devices. */
export interface QueueState {
  readonly device: DeviceId | undefined;
  readonly queue: QueueId;
  /** Milliseconds since the epoch; undefined if the queue does not hold the message. */
  readonly storedAt: number | undefined;
  /** The device had this queue, and does not have it any more. */
  readonly isUnregistered?: true;
  /** How the queue lost the message, if a log tells. */
  readonly end?: QueueEnd;
  /** When it was acknowledged, in milliseconds since the epoch. */
  readonly endedAt?: number;
  /**
   * When the message expired, if it had not been acknowledged, in milliseconds since the epoch: the log has no
   * acknowledgement, which it may lack.
   */
  readonly expiry?: number;
}

/** A queue that got the message. */
interface Recipient {
  readonly device?: string;
  readonly queue: string;
}

/** Where a log says that the message was stored: undefined if it does not. */
export function storedIn(
  steps: readonly LoggedStep[],
): { readonly at: number; readonly recipients: readonly Recipient[] } | undefined {
  const stored = steps.findLast(({ message }) => message === STEP_LINES.store);
  if (stored === undefined) return undefined;
  // What is stored for a user without devices is the first device's.
  return { at: stored.at, recipients: stored.queues?.length ? stored.queues : [{ queue: DEFAULT_QUEUE }] };
}

/**
 * The queues that have or had the message, as the stores know them and as the log does.
 *
 * @param ttlMs after which a message expires
 */
export function withEnds(
  queues: readonly QueueState[],
  steps: readonly LoggedStep[],
  ttlMs: number,
): readonly QueueState[] {
  const stored = storedIn(steps);
  const hadIt = (place: QueueState) => stored?.recipients.some(({ queue }) => queue === place.queue) ?? false;
  const acks = new Map(
    steps.filter(({ message }) => message === STEP_LINES.ack).map(({ device, at }) => [device, at]),
  );

  function end(place: QueueState): QueueState {
    if (place.storedAt !== undefined) return place;
    const ackedAt = acks.get(place.device);
    // A device that registered again has another queue.
    const mayHaveHadIt = stored === undefined || place.isUnregistered || hadIt(place);
    if (ackedAt !== undefined && mayHaveHadIt) return { ...place, end: "acknowledged", endedAt: ackedAt };
    if (place.isUnregistered) return { ...place, end: "device-removed" };
    if (stored === undefined || !hadIt(place)) return place;
    const expiry = stored.at + ttlMs;
    return Date.now() > expiry ? { ...place, expiry } : place;
  }

  const named = (stored?.recipients ?? []).filter(({ device }) => device !== undefined);
  const others = [...named, ...[...acks.keys()].map((device) => ({ device, queue: "" }))];
  const places = [...queues];
  for (const { device, queue } of others) {
    const isKnown = places.some(
      (place) => place.device === device && (queue === "" || place.queue === queue),
    );
    if (isKnown) continue;
    const [deviceId, queueId] = [device as DeviceId | undefined, (queue || DEFAULT_QUEUE) as QueueId];
    places.push({ device: deviceId, queue: queueId, storedAt: undefined, isUnregistered: true });
  }
  return places.map(end);
}
