import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type DeliveryBus,
  type DeviceAddress,
  deviceRoom,
  type IngressDelivery,
  UnavailableError,
} from "@dumbwaiter/core";
import type PQueue from "p-queue";
import type { Outages } from "../outages.ts";

/**
 * Records that wait for a raise, so that they come again if this processor ends before. In a long outage the oldest
 * are acked early, because the processor must go on storing: the rest come again, and their raise covers all.
 */
const MAX_OWED = 1_000;
const MAX_OWED_BYTES = 16 * 1024 * 1024;

/** Devices of one raise; when there are more, it is for all. */
const MAX_DEVICES = 10_000;

/** From one raise to the next. Nodes look every 5 s. */
export const PAUSE_MS = 1_000;

export interface ResyncRaiser {
  /**
   * Makes realtime read the queues of these devices again, as soon as the delivery bus can be reached, and then acks
   * the records whose delivery failed. What is not acked when the processor stops is nacked.
   */
  raiseFor(deliveries: readonly IngressDelivery[], devices: readonly DeviceAddress[]): void;
}

interface RaiserDependencies {
  readonly bus: Pick<DeliveryBus, "raiseResync">;
  readonly background: Pick<PQueue, "add">;
  readonly outages: Pick<Outages, "hold">;
  /** Ends the pause between two raises. */
  readonly signal: AbortSignal;
}

export function createResyncRaiser(dependencies: RaiserDependencies, pauseMs = PAUSE_MS): ResyncRaiser {
  const { bus, background, outages, signal } = dependencies;
  /** Oldest first. */
  const owed: IngressDelivery[] = [];
  let owedBytes = 0;
  let wanted = false;
  /** Whose deliveries failed since the last raise began, by room. */
  let devices = new Map<string, DeviceAddress>();
  let everyone = false;
  let raising = false;
  /** How many of the owed the raise under way covers. */
  let covered = 0;

  async function raiseAll(): Promise<void> {
    // A raise does not cover a delivery that fails while it is under way: nodes may have read before the store.
    while (wanted) {
      wanted = false;
      covered = owed.length;
      const to = everyone ? undefined : [...devices.values()];
      const id = randomUUID();
      everyone = false;
      devices = new Map();
      await outages.hold("delivery_bus", () => bus.raiseResync(to, id).catch(unavailable));
      while (covered > 0) ackOldest();
      await sleep(pauseMs, undefined, { signal });
    }
    // In the same turn as the last check of `wanted`: a raise() after it must start a new loop.
    raising = false;
  }

  function ackOldest(): void {
    const oldest = owed.shift();
    owedBytes -= oldest?.record.data.length ?? 0;
    covered = Math.max(0, covered - 1);
    oldest?.ack();
  }

  return {
    raiseFor(deliveries, failed) {
      owed.push(...deliveries);
      for (const { record, attempt } of deliveries) {
        owedBytes += record.data.length;
        // It may owe its raise to a processor that ended, and had acked others early.
        everyone ||= attempt > 1;
      }
      for (const address of failed) devices.set(deviceRoom(address), address);
      everyone ||= devices.size > MAX_DEVICES;
      if (everyone) devices.clear();
      while (owed.length > MAX_OWED || owedBytes > MAX_OWED_BYTES) ackOldest();
      wanted = true;
      if (raising) return;
      raising = true;
      // Only shutdown ends the retries. The outage was logged when it began.
      void background.add(() => raiseAll().catch(() => {}));
    },
  };
}

/** Every error is retried: giving up would leave messages waiting for their device's next connection. */
function unavailable(cause: unknown): never {
  throw cause instanceof UnavailableError ? cause : new UnavailableError("delivery_bus", cause);
}
