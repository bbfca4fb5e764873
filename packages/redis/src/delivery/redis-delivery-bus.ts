import { randomUUID } from "node:crypto";
import { chunksOf, type Delivery, type DeliveryBus, type DeviceAddress } from "@dumbwaiter/core";
import { keyName } from "../connection/key-name.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";
import {
  deliveryChannel,
  deliveryPacket,
  nodeChannel,
  pokedNodeChannel,
  pokePacket,
  removalPacket,
} from "./delivery-channel.ts";

const DEADLINE_MS = 5_000;

/** The key of a value that changes each time that deliveries may have been missed. */
export function resyncKey(keyPrefix: string): string {
  return keyName(keyPrefix, "resync");
}

/** Of a larger envelope the bus carries a poke. */
const MAX_CARRIED_BYTES = 64 * 1024;

/**
 * In one pipeline, which is awaited. What a node does not read in time waits in Redis, which drops a subscriber that
 * has over 32 MiB waiting, or over 8 MiB for a minute (`client-output-buffer-limit pubsub`).
 */
const MAX_PIPELINE_BYTES = 1024 * 1024;

/** A generous estimate of what surrounds an envelope. */
const OVERHEAD_BYTES = 500;

/**
 * Delivers through the channels of Socket.IO's sharded adapter. One SPUBLISH sends a message to every realtime node
 * that holds the device and returns their number; those of one call share pipelines per Redis node.
 *
 * A large ephemeral message cannot be read from a queue. It is carried whole, alone in its pipeline: one call has at
 * most one envelope of at most 900 KiB under way, and the sender's and the recipient's rates bound how many come.
 */
export class RedisDeliveryBus implements DeliveryBus {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;

  constructor(commands: RedisCommands, keyPrefix: string) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<number[]> {
    const reached = await this.#publish(
      deliveries,
      (delivery) => (isPoked(delivery) ? pokePacket(delivery) : deliveryPacket(delivery)),
      (delivery) => (isPoked(delivery) ? OVERHEAD_BYTES : bytesWhole(delivery)),
    );
    const poked = deliveries.filter((delivery, index) => isPoked(delivery) && reached[index]);
    if (poked.length > 0 && (await this.#someNodesIgnorePokes())) {
      await this.#publish(poked, deliveryPacket, bytesWhole);
    }
    return reached;
  }

  async closeDevices(devices: readonly DeviceAddress[]): Promise<void> {
    await this.#publish(devices, removalPacket, () => OVERHEAD_BYTES);
  }

  /** A new value each time: a counter could return to an old value after Redis has lost its data. */
  async raiseResync(): Promise<void> {
    await this.#commands.within(
      DEADLINE_MS,
      this.#commands.run("set", resyncKey(this.#keyPrefix), randomUUID()),
    );
  }

  /**
   * Whether nodes of the version before, which drop pokes, run beside those of this version. The pokes came first: a
   * node that has joined since, and one that has left, have read or will read the queue.
   */
  async #someNodesIgnorePokes(): Promise<boolean> {
    const counts = [nodeChannel, pokedNodeChannel].map((channel) =>
      // Adapters drop it, as a packet of no namespace.
      this.#commands.run("spublish", channel(this.#keyPrefix), "{}"),
    );
    const [nodes = 0, poked = 0] = (await this.#commands.within(DEADLINE_MS, Promise.all(counts))).map(
      Number,
    );
    return nodes > poked;
  }

  async #publish<To extends DeviceAddress>(
    to: readonly To[],
    packetFor: (to: To) => string,
    bytesOf: (to: To) => number,
  ): Promise<number[]> {
    const reached: number[] = [];
    for (const chunk of chunksOf(to, MAX_PIPELINE_BYTES, bytesOf)) {
      const published = chunk.map((address) =>
        this.#commands.run("spublish", deliveryChannel(this.#keyPrefix, address), packetFor(address)),
      );
      const counts = await this.#commands.within(DEADLINE_MS, Promise.all(published));
      reached.push(...counts.map(Number));
    }
    return reached;
  }
}

function isPoked({ envelope, ephemeral }: Delivery): boolean {
  return envelope.length > MAX_CARRIED_BYTES && !ephemeral;
}

/** A large envelope fills a pipeline by itself. */
function bytesWhole({ envelope }: Delivery): number {
  return envelope.length > MAX_CARRIED_BYTES ? MAX_PIPELINE_BYTES : envelope.length + OVERHEAD_BYTES;
}
