import { DEFAULT_QUEUE, type DeviceId, type QueueId } from "@dumbwaiter/core";
import type { LoggedStep } from "./message-log.ts";

/** How a message left a queue. */
export type QueueEnd = "acknowledged" | "expired" | "device-removed";

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
  const stored = steps.findLast(({ message }) => message === "message stored");
  // What is stored for a user without devices is the first device's.
  const had = stored?.queues?.length ? stored.queues : [{ queue: DEFAULT_QUEUE }];
  const hadIt = (place: QueueState) => stored && had.some(({ queue }) => queue === place.queue);
  const acks = new Map(
    steps.filter(({ message }) => message === "message acknowledged").map(({ device, at }) => [device, at]),
  );

  function end(place: QueueState): QueueState {
    const ackedAt = acks.get(place.device);
    if (place.storedAt !== undefined) return place;
    if (ackedAt !== undefined) return { ...place, end: "acknowledged", endedAt: ackedAt };
    if (place.isUnregistered) return { ...place, end: "device-removed" };
    return hadIt(place) && stored && Date.now() - stored.at > ttlMs ? { ...place, end: "expired" } : place;
  }

  const others = [...(stored?.queues ?? []), ...[...acks.keys()].map((device) => ({ device, queue: "" }))];
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
