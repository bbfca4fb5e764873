import { CLOSING_CODES } from "../model/closing-codes.ts";
import type { DeviceAddress } from "../model/device.ts";
import { UnavailableError } from "../model/errors.ts";
import type { StoredMessage } from "../model/message-json.ts";

export interface Delivery extends DeviceAddress, StoredMessage {
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** The message is in no queue, so it must be carried whole. */
  readonly ephemeral?: boolean;
}

/** Tells a node that a message for one of its devices is in the device's queue, because it is too large for the bus. */
export type Poke = Omit<Delivery, "envelope" | "ephemeral">;

/** Some deliveries of a call have failed, and others have not. */
export class PartlyDeliveredError extends UnavailableError {
  /** For each delivery, the number of nodes that it reached, or undefined when that is unknown. */
  readonly reached: readonly (number | undefined)[];

  constructor(dependency: string, reached: readonly (number | undefined)[], cause: unknown) {
    super(dependency, cause);
    this.reached = reached;
  }
}

/** The event `closing` that the sockets of a removed device get. */
export const DEVICE_REMOVED = {
  code: "device_removed",
  retryable: CLOSING_CODES.device_removed.retryable,
} as const;

/**
 * Carries messages to the realtime nodes that hold a device. At most once: a node misses what is sent while it is not
 * subscribed, so a message is stored before it is delivered.
 */
export interface DeliveryBus {
  /**
   * Hands each message to the sockets of its device. Of a large one, unless it is ephemeral, an adapter may send a
   * {@link Poke} instead.
   *
   * @returns for each, the number of nodes it reached: 0 means that the device is not connected
   * @throws UnavailableError when that is unknown for any of them; PartlyDeliveredError when it is known for others
   */
  deliver(deliveries: readonly Delivery[]): Promise<number[]>;
  /**
   * Tells the nodes that these devices were removed. Each node looks, and closes with `device_removed` the sockets whose
   * queue is no longer their device's: a device that has registered again keeps its own.
   *
   * @throws UnavailableError
   */
  closeDevices(devices: readonly DeviceAddress[]): Promise<void>;
  /**
   * Tells the nodes that these devices, or all, may have missed deliveries, so that they read their queues. An adapter
   * may take others with them.
   *
   * @param id a repeated try has that of the first, and is heeded once
   * @throws UnavailableError
   */
  raiseResync(devices?: readonly DeviceAddress[], id?: string): Promise<void>;
  /** @returns for each device, the number of nodes that hold it. @throws UnavailableError */
  holders(devices: readonly DeviceAddress[]): Promise<number[]>;
  /**
   * Calls back when a node has vanished without a word and no longer counts. For some time before, it did: what
   * `deliver` said to have reached a node may have reached none.
   */
  onNodeLost(listener: () => void): void;
}

/** Whether a device may have missed deliveries. */
export type MayHaveMissed = (address: DeviceAddress) => boolean;

/** A realtime node's end of the delivery bus; Socket.IO's adapter receives the messages. */
export interface DeliverySubscriptions {
  /**
   * Resolves once the node is subscribed for the device: what is delivered from now on reaches its sockets. Call it
   * after a socket has joined the device's room.
   *
   * @throws UnavailableError
   */
  confirm(address: DeviceAddress): Promise<void>;
  /**
   * Calls back each time that devices of this node may have missed deliveries. The listener confirms the subscriptions
   * of these devices and reads their queues.
   */
  onMissed(listener: (mayHaveMissed: MayHaveMissed) => void): void;
  /** Calls back for each poke. The listener reads the message from the queue and hands it to the device's sockets. */
  onPoked(listener: (poke: Poke) => void): void;
}
