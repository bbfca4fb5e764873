import {
  canBeWoken,
  type DeliveryBus,
  deviceRoom,
  type MessageQueues,
  type MissedMessage,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import PQueue from "p-queue";
import type { Outages } from "../outages.ts";
import { addressOf, type PushRequester, type Target } from "./push-requester.ts";

/** A node that vanishes counts as present for up to some 25 s. */
const REMEMBERED_MS = 45_000;

/** The newest are remembered: some 10 MiB. */
const MAX_DEVICES = 20_000;

/** Reads of queues at once. */
const MAX_READS = 8;

export interface LostNodePushes {
  /** These have reached a node, as far as is known. */
  delivered(targets: readonly Target[]): void;
}

interface LostNodeDependencies {
  readonly bus: Pick<DeliveryBus, "holders" | "onNodeLost">;
  readonly queues: Pick<MessageQueues, "stillQueued">;
  readonly pushes: PushRequester;
  readonly outages: Pick<Outages, "hold">;
  readonly background: Pick<PQueue, "add">;
  readonly logger: Logger;
}

interface Remembered {
  readonly missed: MissedMessage;
  /** By `performance.now()`. */
  readonly at: number;
}

/**
 * Requests pushes, after a realtime node has vanished, for what it was sent and nobody got. Of each device that can be
 * woken, the last message is remembered for a while.
 */
export function createLostNodePushes(dependencies: LostNodeDependencies): LostNodePushes {
  const { bus, queues, pushes, outages, background, logger } = dependencies;
  /** By room; the newest come last. */
  const remembered = new Map<string, Remembered>();
  /** One after the other, so that none requests what another does. */
  const inTurn = new PQueue({ concurrency: 1 });

  function forgetOldest(): void {
    const since = performance.now() - REMEMBERED_MS;
    for (const [room, { at }] of remembered) {
      if (at > since && remembered.size <= MAX_DEVICES) return;
      remembered.delete(room);
    }
  }

  async function isQueued({ message: { recipient, id }, device }: MissedMessage): Promise<boolean> {
    const address = { user: recipient, queue: device.queue };
    return (await outages.hold("store", () => queues.stillQueued(address, [id]))).size > 0;
  }

  async function requestPushes(): Promise<void> {
    forgetOldest();
    const missed = [...remembered.values()].map((each) => each.missed);
    if (missed.length === 0) return;
    const holders = await outages.hold("delivery_bus", () => bus.holders(missed.map(addressOf)));
    const offline = missed.filter((_, index) => holders[index] === 0);
    const reads = new PQueue({ concurrency: MAX_READS });
    const queued = await Promise.all(offline.map((each) => reads.add(() => isQueued(each))));
    await pushes.request(offline.filter((_, index) => queued[index]));
    for (const each of offline) {
      const room = deviceRoom(addressOf(each));
      if (remembered.get(room)?.missed === each) remembered.delete(room);
    }
  }

  bus.onNodeLost(() => {
    logger.warn(
      { devices: remembered.size },
      "a realtime node has vanished; looking who has missed messages",
    );
    void background.add(() =>
      inTurn
        .add(requestPushes)
        .catch((err) => logger.warn({ err }, "failed to request pushes after a node was lost")),
    );
  });

  return {
    delivered(targets) {
      const at = performance.now();
      for (const target of targets) {
        const { message, device } = target;
        if (message.ephemeral || !canBeWoken(device)) continue;
        const { recipient, id, priority } = message;
        const room = deviceRoom(addressOf(target));
        remembered.delete(room);
        // Without the envelope's bytes.
        remembered.set(room, {
          missed: { message: { recipient, id, priority, ephemeral: false }, device },
          at,
        });
      }
      forgetOldest();
    },
  };
}
