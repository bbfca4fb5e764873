import {
  type DeliverySubscriptions,
  deviceRoom,
  type MessageQueues,
  type Poke,
  type QueueId,
  type StoredMessage,
  UnavailableError,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import PQueue from "p-queue";
import type { Server } from "socket.io";
import type { DeliveryMetadata } from "../connection/delivery-parser.ts";
import type { LocalDevices } from "./local-devices.ts";

/** Messages that a node reads at once, at most 900 KiB each; a device's one after the other. */
const MAX_READS = 8;

/** A device for which more wait reads its queue instead. */
const MAX_WAITING = 100;

interface PokedMessagesDependencies {
  readonly queues: Pick<MessageQueues, "find">;
  readonly subscriptions: Pick<DeliverySubscriptions, "onPoked">;
  readonly localDevices: LocalDevices;
  readonly logger: Logger;
  setMetadata(message: object, metadata: DeliveryMetadata): void;
}

/**
 * Reads messages that are too large for the bus from the queue, and delivers them live. Not the whole queue: a client
 * that does not ack would have it read again for each message.
 */
export function deliverPokedMessages(io: Server, dependencies: PokedMessagesDependencies): void {
  const { queues, subscriptions, localDevices, logger, setMetadata } = dependencies;
  const waiting = new Map<string, Poke[]>();
  const reads = new PQueue({ concurrency: MAX_READS });

  async function find({ user, device, id }: Poke): Promise<StoredMessage | undefined> {
    const sessions = localDevices.sessionsOf({ user, device });
    const ids = new Set<QueueId>(sessions.map(({ queue }) => queue.queue));
    for (const queue of ids) {
      const found = await queues.find({ user, queue }, id);
      if (found) return found;
    }
    return undefined;
  }

  async function deliver(poke: Poke): Promise<void> {
    const room = deviceRoom(poke);
    // Sockets that have left the room, because their window is full, will read the queue.
    if (!io.of("/").adapter.rooms.has(room)) return;
    try {
      const found = await find(poke);
      if (found === undefined) return;
      const message = { id: found.id, envelope: JSON.parse(found.envelope.toString("utf8")) };
      setMetadata(message, poke);
      io.local.to(room).emit("message", message);
    } catch (error) {
      if (!(error instanceof UnavailableError))
        logger.error(
          { id: poke.id, err: error },
          "failed to read a poked message; reading the whole queue instead",
        );
      readQueues(poke);
    }
  }

  function readQueues(poke: Poke): void {
    for (const session of localDevices.sessionsOf(poke)) session.resync();
  }

  async function deliverNext(room: string, pokes: Poke[]): Promise<void> {
    const poke = pokes.shift();
    if (poke) await deliver(poke);
    if (pokes.length > 0) void reads.add(() => deliverNext(room, pokes));
    else waiting.delete(room);
  }

  subscriptions.onPoked((poke) => {
    const room = deviceRoom(poke);
    const pokes = waiting.get(room);
    if (pokes === undefined) {
      const first = [poke];
      waiting.set(room, first);
      void reads.add(() => deliverNext(room, first));
    } else if (pokes.length < MAX_WAITING) {
      pokes.push(poke);
    } else {
      pokes.length = 0;
      readQueues(poke);
    }
  });
}
