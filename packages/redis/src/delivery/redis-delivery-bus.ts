import { randomUUID } from "node:crypto";
import type { Delivery, DeliveryBus, DeviceAddress } from "@dumbwaiter/core";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { deliveryChannel, deliveryPacket, removalPacket } from "./delivery-channel.ts";

const DEADLINE_MS = 5_000;

/** The key of a value that changes each time that deliveries may have been missed. */
export function resyncKey(keyPrefix: string): string {
  return `${keyPrefix}dumbwaiter:resync`;
}

/**
 * Delivers through the channels of Socket.IO's sharded adapter. One SPUBLISH sends a message to every realtime node
 * that holds the device and returns their number; those of one call share a pipeline per Redis node.
 */
export class RedisDeliveryBus implements DeliveryBus {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;

  constructor(commands: RedisCommands, keyPrefix: string) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<number[]> {
    return await this.#publish(deliveries, deliveryPacket);
  }

  async closeDevices(devices: readonly DeviceAddress[]): Promise<void> {
    await this.#publish(devices, removalPacket);
  }

  /** A new value each time: a counter could return to an old value after Redis has lost its data. */
  async raiseResync(): Promise<void> {
    await this.#commands.within(
      DEADLINE_MS,
      this.#commands.run("set", resyncKey(this.#keyPrefix), randomUUID()),
    );
  }

  async #publish<To extends DeviceAddress>(
    to: readonly To[],
    packetFor: (to: To) => string,
  ): Promise<number[]> {
    const published = to.map((address) =>
      this.#commands.run("spublish", deliveryChannel(this.#keyPrefix, address), packetFor(address)),
    );
    return (await this.#commands.within(DEADLINE_MS, Promise.all(published))).map(Number);
  }
}
